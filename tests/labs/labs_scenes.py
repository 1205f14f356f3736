"""A lab that shows small pictures with frames, for the tests that look at them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from greenroom.labs.lab import Bench, Card, Expect, Finding, Part, Values
from greenroom.labs.scenes import Frame, Scene, Scenes

SIDE = 16


class Pictures:
    card = Card(
        name="pictures", title="Small pictures", topics=("applications",), about="Squares.", parameters=(),
        expects=(Expect(id="seen", see="Pictures.", falsified_by="None."),),
    )  # fmt: skip

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        scenes = tuple(
            Scene(
                title=f"Picture {n + 1}", width=SIDE, height=SIDE, pixels=b64encode(bytes([40 * n, 90, 160] * SIDE * SIDE)).decode(),
                frames=(
                    Frame(left=2, top=2, right=9, bottom=9, label="a <b>square</b>", given=True), Frame(left=3, top=2, right=10, bottom=9),
                ),
                lines=("a blue square", "green cross 90%, " * 15 + "… and 7 more"),
            )
            for n in range(5)
        )  # fmt: skip
        yield Scenes(name="shown", title="Shown", says="Five pictures.", heads=("Drawn", "Said"), scenes=scenes)
        yield Finding(id="seen", held=True, found="There they are.")
