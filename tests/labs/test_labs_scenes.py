"""Small pictures as a part of a run: what they may hold, the page's PNG back to the same pixels, the blocks in a terminal."""

from __future__ import annotations

import re
import struct
import zlib
from base64 import b64decode, b64encode

import pytest
from pydantic import ValidationError

from greenroom.cli.screen import lab as screen
from greenroom.labs.lab import PART
from greenroom.labs.scenes import Frame, Scene, Scenes
from greenroom.web.labs import plots
from greenroom.web.render import fragment

RAW = bytes(range(18))
FRAMES = (Frame(left=0, top=0, right=2, bottom=1, label="a <red> thing", given=True), Frame(left=1, top=0, right=3, bottom=2))
SCENE = Scene(title="First", width=3, height=2, pixels=b64encode(RAW).decode(), frames=FRAMES, lines=("one <b>",))
SCENES = Scenes(name="seen", title="Seen", says="Two frames.", heads=("Drawn",), scenes=(SCENE,))


def test_it_is_a_part_and_comes_back_from_its_json() -> None:
    assert PART.validate_json(SCENES.model_dump_json()) == SCENES
    assert SCENE.bytes == RAW
    assert SCENES.framed == (True, True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"width": 4}, "more or fewer pixels"), ({"pixels": "###"}, "base64"), ({"width": 65}, "less than or equal"),
        ({"frames": [{"left": 0, "top": 0, "right": 3.5, "bottom": 1}]}, "beyond the picture"),
        ({"frames": [{"left": 2, "top": 0, "right": 1, "bottom": 1}]}, "before it begins"),
        ({"frames": [{"left": float("nan"), "top": 0, "right": 1, "bottom": 1}]}, "finite"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Scene.model_validate(SCENE.model_dump() | change)


def test_a_line_for_each_head() -> None:
    with pytest.raises(ValidationError, match="more or fewer lines"):
        Scenes.model_validate(SCENES.model_dump() | {"heads": ("Drawn", "Found")})


def test_the_page_shows_the_same_pixels_and_escapes_what_is_said() -> None:
    page = fragment("_lab_part.html", part=SCENES)
    found = re.search(r'href="data:image/png;base64,([^"]+)"', page)
    assert found
    png = b64decode(found[1])
    size = png.index(b"IDAT") - 4
    data = zlib.decompress(png[size + 8 : size + 8 + struct.unpack(">I", png[size : size + 4])[0]])
    assert data == b"\0" + RAW[:9] + b"\0" + RAW[9:]
    assert struct.unpack(">II", png[16:24]) == (3, 2)
    assert "one &lt;b&gt;" in page
    assert "<title>a &lt;red&gt; thing</title>" in page
    assert page.count('class="frame given"') == 2, "one frame, and the legend"
    assert "style=" not in page, "the page's policy forbids it"
    assert plots.image(SCENE) == f"data:image/png;base64,{found[1]}"


def test_the_terminal_says_it_and_draws_where_there_are_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen:
        color_system: str | None = None
        width = 80

    monkeypatch.setattr(screen, "console", Screen())
    said = [line.plain.strip() for line in screen.scenes(SCENES)]
    assert said == ["Two frames.", "First", "Drawn  one <b>"]
    Screen.color_system = "truecolor"
    lines = list(screen.scenes(SCENES))
    drawn = next(line for line in lines if "▀" in line.plain)
    assert drawn.plain == "    ▀▀▀"
    assert str(drawn.spans[0].style) == "#000102 on #090a0b"
