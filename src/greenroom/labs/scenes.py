"""Small pictures that a lab drew or looked at, with frames in them and what is said of each: a part of a run, drawn by whoever shows it.

The pixels are three bytes each, red, green, blue, row by row, in base64: nothing but pixels can come in by them.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from greenroom.bank.question import Value
from greenroom.labs.parameter import Name, Short

MOST_SIDE, MOST_SCENES, MOST_FRAMES, MOST_LINE = 64, 24, 12, 300
Line = Annotated[str, StringConstraints(max_length=MOST_LINE)]
Edge = Annotated[float, Field(ge=0, le=MOST_SIDE, allow_inf_nan=False)]


def listed(names: Sequence[str], none: str = "nothing") -> str:
    """As a line of a scene; where it would be too long, as many as fit and how many more there are."""
    for kept in range(len(names), 0, -1):
        line = ", ".join(names[:kept]) + (f" … and {len(names) - kept} more" if kept < len(names) else "")
        if len(line) <= MOST_LINE:
            return line
    return f"{len(names)}, none of which fits here" if names else none


class Frame(Value):
    """A rectangle, its edges in pixels. ``given``: something lies there by whoever drew it; else somebody found it there."""

    left: Edge
    top: Edge
    right: Edge
    bottom: Edge
    label: Annotated[str, StringConstraints(max_length=80)] = ""
    given: bool = False

    @model_validator(mode="after")
    def _upright(self) -> Self:
        if self.right < self.left or self.bottom < self.top:
            raise ValueError("a frame ends before it begins")
        return self


class Scene(Value):
    """One picture. ``lines``: what is said of it, one for each of the part's ``heads``."""

    title: Short
    width: Annotated[int, Field(ge=1, le=MOST_SIDE)]
    height: Annotated[int, Field(ge=1, le=MOST_SIDE)]
    pixels: Annotated[str, StringConstraints(max_length=4 * MOST_SIDE * MOST_SIDE)]
    frames: tuple[Frame, ...] = Field(default=(), max_length=MOST_FRAMES)
    lines: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(self.bytes) != 3 * self.width * self.height:
            raise ValueError(f"{self.title}: more or fewer pixels than width and height say")
        if any(frame.right > self.width or frame.bottom > self.height for frame in self.frames):
            raise ValueError(f"{self.title}: a frame reaches beyond the picture")
        return self

    @property
    def bytes(self) -> bytes:
        return b64decode(self.pixels, validate=True)


class Scenes(Value):
    """Several pictures. ``says``: what there is to see, for whoever does not see it; ``heads``: what the lines under each are;
    ``given``, ``found``: what the two kinds of frames are."""

    kind: Literal["scenes"] = "scenes"
    name: Name
    title: Short
    says: Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
    heads: tuple[Short, ...] = Field(max_length=6)
    scenes: tuple[Scene, ...] = Field(min_length=1, max_length=MOST_SCENES)
    given: Short = "Drawn there"
    found: Short = "Found there"
    note: Annotated[str, StringConstraints(max_length=2000)] = ""

    @model_validator(mode="after")
    def _even(self) -> Self:
        if any(len(scene.lines) != len(self.heads) for scene in self.scenes):
            raise ValueError(f"{self.name}: a picture has more or fewer lines than there are heads")
        return self

    @property
    def framed(self) -> tuple[bool, bool]:
        """Whether there are frames that were given, and frames that were found."""
        kinds = {frame.given for scene in self.scenes for frame in scene.frames}
        return True in kinds, False in kinds
