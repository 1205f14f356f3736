"""The lab *find-objects*: a small detector learns to frame drawn things, beside a classical rule; and what either does on other grounds."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from greenroom.labs.boxes import Find, by_rule, count, mean_precision
from greenroom.labs.drawing import SIDE, Box, Drawn, How, pictures
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.parameter import number, whole
from greenroom.labs.scenes import Frame, Scene, Scenes

PLAIN, SLOPE, OVER = "plain ground", "coloured slope", "they may overlap"
LIGHT, STRIPED, NOISY = "light ground", "stripes", "more noise"
DETECTOR, RULE = "Detector", "Rule"
NEARS, TRIED, THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6), 60, (0.2, 0.4, 0.6, 0.8, 0.9)
SLIGHT, CLEARLY = 0.02, 0.3
"""Distances of colour that the rule is tried with; training pictures that it is tried on; scores from which on a find counts;
differences of mAP."""

CARD = Card(
    name="find-objects",
    title="A small detector frames what it finds",
    topics=("applications",),
    about="A network of 84,380 weights learns to frame coloured squares, circles, triangles and crosses that code draws, one to three in a "
    "picture, and to name their shape. It is no language model; it is the specialist that a language model with eyes is compared with. "
    "Beside it stands a classical rule that learns nothing but one number: pixels near one of the four colours, joined where they touch, "
    "and the shape that covers them best. Then both are given grounds that neither was fitted to. The pictures are simple, and no "
    "photographs: the figures hold for them only.",
    parameters=(
        whole("pictures", "Pictures to learn from", 2000, (60, 4000), "A third each on plain ground, on a slope, and overlapping."),
        whole("steps", "Training steps", 500, (1, 1500), "32 pictures at each."),
        number("grain", "Noise", 0.05, (0, 0.3), "Standard deviation on each colour of each pixel; twice that on the slope."),
        whole("asked", "Pictures of each kind to be searched", 100, (20, 300), "None of them is among those it learned from."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the pictures and the first weights."),
    ),
    expects=(
        Expect(
            id="simple",
            see="On a plain ground with things apart the rule, which learns one number, is as good as the trained detector: at most "
            f"{SLIGHT} of mAP behind it, if not ahead. The simple thing is tried first.",
            falsified_by=f"The rule is more than {SLIGHT} of mAP behind the detector there, or below 0.8.",
        ),
        Expect(
            id="noise",
            see="Where noise hides the colour of single pixels the rule breaks down, below a mAP of 0.3, and the detector, which looks at "
            f"many pixels at once, does not: it is {CLEARLY} or more ahead, although it learned from less noise.",
            falsified_by=f"With more noise the rule has 0.3 or more, or the detector is less than {CLEARLY} ahead.",
        ),
        Expect(
            id="other-ground",
            see="What it learned holds for the grounds that it learned on: with stripes, on a light ground or with more noise, all of them "
            f"easy for a person, the detector loses {CLEARLY} of mAP or more in at least one.",
            falsified_by=f"It loses less than {CLEARLY} on each of the three.",
            settles=("models-that-see/our-pictures",),
        ),
        Expect(
            id="line",
            see="Every find has a score, and the line can be drawn where a use wants it: a high one means more misses and fewer finds of "
            "what is not there, a low one the reverse.",
            falsified_by="The highest line misses no more than the lowest, or reports as many things that are none.",
            settles=("models-that-see/line-or-model",),
        ),
    ),
    sources=(
        Source(title="Redmon et al. 2015, You Only Look Once", url="https://arxiv.org/abs/1506.02640"),
        Source(title="Zhou et al. 2019, Objects as Points", url="https://arxiv.org/abs/1904.07850"),
    ),
    examples=(Example(title="Little training", set={"steps": 100}), Example(title="Without noise", set={"grain": 0})),
    extra="labs",
    seconds=900,
    megabytes=4096,
)  # fmt: skip


class Kind(NamedTuple):
    """Pictures of one kind, and what detector and rule found in each."""

    name: str
    drawn: Sequence[Drawn]
    seen: Sequence[Sequence[Find]]
    ruled: Sequence[Sequence[Find]]

    @property
    def scores(self) -> tuple[float, float]:
        """mAP at 0.5 of the detector and of the rule."""
        return mean_precision(self.seen, self.drawn), mean_precision(self.ruled, self.drawn)


class FindObjects:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        from greenroom.labs.detector import train
        from greenroom.labs.schooling import take_threads

        yield Progress(says="Drawing", share=0)
        take_threads(bench)
        ways, seed, steps = ways_of(values.number("grain")), values.whole("seed"), values.whole("steps")
        learned = pictures(values.whole("pictures"), [ways[name] for name in (PLAIN, SLOPE, OVER)], np.random.default_rng(seed))
        asked = {
            name: pictures(values.whole("asked"), [how], np.random.default_rng((seed, 1 + n))) for n, (name, how) in enumerate(ways.items())
        }
        course = list[tuple[int, float]]()
        for step, net, _ in train(learned, steps, seed):
            course.append((step, mean_precision(net.find(asked[PLAIN]), asked[PLAIN])))
            yield course_part(course)
            yield Progress(says=f"Step {step} of {steps}", share=0.8 * step / steps)
        near = fitted(learned[:TRIED])
        found = dict[str, Kind]()
        for n, (name, drawn) in enumerate(asked.items()):
            yield Progress(says=f"Searching: {name}", share=0.8 + 0.2 * n / len(asked))
            found[name] = Kind(name, drawn, net.find(drawn), [by_rule(each.pixels, near) for each in drawn])
        yield scenes_part(found)
        yield kinds_part(found, net.weights, near)
        yield thresholds_part(found[PLAIN])
        yield from findings(found)


def ways_of(grain: float) -> dict[str, How]:
    """How the pictures of each kind are drawn; it learns from the first three."""
    return {
        PLAIN: How("plain", grain), SLOPE: How("slope", 2 * grain), OVER: How("plain", grain, apart=-3),
        LIGHT: How("plain", grain, level=(0.75, 0.95)), STRIPED: How("stripes", grain), NOISY: How("plain", grain + 0.2),
    }  # fmt: skip


def fitted(learned: Sequence[Drawn]) -> float:
    """The distance of colour with which the rule does best on pictures to learn from."""
    return max(NEARS, key=lambda near: mean_precision([by_rule(each.pixels, near) for each in learned], learned))


# --- What is shown ---


def course_part(course: Sequence[tuple[int, float]]) -> Picture:
    return Picture(
        name="course", title="How well it finds while it learns", chart="lines", label="Step", unit="mAP at 0.5",
        labels=tuple(str(step) for step, _ in course), series=(Series(title=f"{DETECTOR}, {PLAIN}", values=tuple(m for _, m in course)),),
        says=f"After step {course[-1][0]} the mean average precision on {PLAIN} is {course[-1][1]:.2f}.",
        note="1: everything is found and named, nothing else is. A frame counts if it covers half of the union with the drawn one.",
    )  # fmt: skip


def scenes_part(found: Mapping[str, Kind]) -> Scenes:
    """Of each kind the first two pictures, with the detector's frames of a score of a half and more."""
    scenes = [scene_of(kind, n) for kind in found.values() for n in range(min(2, len(kind.drawn)))]
    return Scenes(
        name="pictures", title="What was drawn and what was found", heads=("Drawn", DETECTOR, RULE), scenes=tuple(scenes),
        found="Framed by the detector", says="Of each kind the first two pictures. Frames: the detector's with a score of 0.5 or more.",
    )  # fmt: skip


def scene_of(kind: Kind, n: int) -> Scene:
    drawn, sure = kind.drawn[n], [find for find in kind.seen[n] if find.score >= 0.5]
    given = tuple(framed(thing.box, f"{thing.colour} {thing.shape}", given=True) for thing in drawn.things)
    seen = tuple(framed(find.box, f"{find.shape}, {find.score:.0%}") for find in sure)
    lines = (
        ", ".join(f"{thing.colour} {thing.shape}" for thing in drawn.things),
        ", ".join(f"{find.colour} {find.shape} {find.score:.0%}" for find in sure) or "nothing",
        ", ".join(f"{find.colour} {find.shape}" for find in kind.ruled[n])[:300] or "nothing",
    )
    return Scene(title=f"{kind.name} {n + 1}", width=SIDE, height=SIDE, pixels=coded(drawn), frames=(*given, *seen)[:12], lines=lines)


def framed(box: Box, label: str, *, given: bool = False) -> Frame:
    return Frame(left=box.left, top=box.top, right=box.right, bottom=box.bottom, label=label, given=given)


def coded(drawn: Drawn) -> str:
    """As the bytes of a scene."""
    return b64encode(np.round(255 * drawn.pixels).astype(np.uint8).tobytes()).decode()


def kinds_part(found: Mapping[str, Kind], weights: int, near: float) -> Table:
    rows = list[tuple[Cell, ...]]()
    for kind in found.values():
        at_half, ruled = count(kind.seen, kind.drawn, 0.5), count(kind.ruled, kind.drawn, 0.5)
        rows.append((kind.name, at_half.things, *kind.scores, at_half.hits, at_half.false, ruled.hits, ruled.false))
    return Table(
        name="kinds", title="Found, by kind of picture", rows=tuple(rows),
        columns=("Pictures", "Things drawn", f"{DETECTOR}, mAP", f"{RULE}, mAP", f"{DETECTOR}: right", "false", f"{RULE}: right", "false"),
        note=f"Right and false: finds with a score of 0.5 or more. The detector has {weights:,} weights; it learned from the first three "
        f"kinds. The rule takes pixels within {near} of a colour, which did best on {TRIED} of the same pictures.",
    )  # fmt: skip


def thresholds_part(kind: Kind) -> Table:
    rows = []
    for least in THRESHOLDS:
        got = count(kind.seen, kind.drawn, least)
        rows.append((f"{least:g}", got.hits, got.things - got.hits, got.false))
    return Table(
        name="thresholds", title=f"Where the line is drawn: {kind.name}", columns=("Least score", "Right", "Missed", "False"),
        rows=tuple(rows), note="The scores can be set to how many misses and how many false alarms a use can bear.",
    )  # fmt: skip


# --- What is found ---


def findings(found: Mapping[str, Kind]) -> Iterator[Finding]:
    scores = {name: kind.scores for name, kind in found.items()}
    seen, ruled = scores[PLAIN]
    says = f"On {PLAIN} the rule has a mAP of {ruled:.2f}, the detector {seen:.2f}."
    yield Finding(id="simple", held=ruled >= max(0.8, seen - SLIGHT), found=says)
    noisy, coarse = scores[NOISY]
    yield Finding(
        id="noise", held=coarse < 0.3 and noisy >= coarse + CLEARLY,
        found=f"With more noise the rule has a mAP of {coarse:.2f}, the detector {noisy:.2f}.",
    )  # fmt: skip
    others = {name: scores[name] for name in (LIGHT, STRIPED, NOISY)}
    told = ", ".join(f"{name}: {each[0]:.2f} (rule {each[1]:.2f})" for name, each in others.items())
    worst = min(each[0] for each in others.values())
    yield Finding(id="other-ground", held=worst <= seen - CLEARLY, found=f"The detector on {PLAIN}: {seen:.2f}; {told}.")
    low, high = (count(found[PLAIN].seen, found[PLAIN].drawn, THRESHOLDS[n]) for n in (0, -1))
    missed = [each.things - each.hits for each in (low, high)]
    says = (
        f"From a score of {THRESHOLDS[0]:g} on it misses {missed[0]} of {low.things} things and reports {low.false} that are none; from "
        f"{THRESHOLDS[-1]:g} on it misses {missed[1]} and reports {high.false}."
    )
    yield Finding(id="line", held=missed[1] > missed[0] and high.false < low.false, found=says)
