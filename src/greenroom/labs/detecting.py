"""The lab *find-objects*: a small detector learns to frame drawn things, beside a classical rule; and what either does on other grounds."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from greenroom.labs.boxes import Find, by_rule, count, mean_precision, smoothed
from greenroom.labs.drawing import MOST, SIDE, Array, Box, Drawn, How, pictures
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.parameter import number, whole
from greenroom.labs.scenes import MOST_FRAMES, Frame, Scene, Scenes, listed

PLAIN, SLOPE, OVER = "plain ground", "coloured slope", "they may overlap"
LIGHT, STRIPED, NOISY = "light ground", "stripes", "more noise"
DETECTOR, RULE, SMOOTH = "Detector", "Rule", "Rule after smoothing"
NEARS, TRIED, THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6), 60, (0.2, 0.4, 0.5, 0.6, 0.8, 0.9)
SLIGHT, NEARLY, CLEARLY = 0.02, 0.1, 0.3
LOW, HALF, DEAR, FEWEST_FALSE = 0.2, 0.5, 0.1, 10
DRAWS = 200
"""Distances of colour that the rule is tried with; training pictures that it is tried on; scores from which on a find counts;
differences of mAP; two lines and what the upper one may cost in misses; times that the pictures are drawn again for an interval."""

CARD = Card(
    name="find-objects",
    title="A small detector frames what it finds",
    topics=("applications",),
    about="A network of 84,380 weights learns to frame coloured squares, circles, triangles and crosses that code draws, one to three in a "
    "picture, and to name their shape. It is no language model; it is the specialist that a language model with eyes is compared with. "
    "Beside it stands a classical rule that is told the four colours and the four shapes and learns one number, how near to a colour is "
    "near: pixels near one, joined where they touch, and the shape that covers them best. It is tried as it is and after each pixel was "
    "set to the mean of the 3 × 3 around it. Then all are given grounds that none was fitted to. mAP is the mean average precision: 1 "
    "where everything is found and named and nothing else is. The pictures are simple, and no photographs: the figures hold for them only.",
    parameters=(
        whole("pictures", "Pictures to learn from", 2000, (60, 4000), "A third each on plain ground, on a slope, and overlapping."),
        whole("steps", "Training steps", 500, (1, 1500), "32 pictures at each."),
        number("grain", "Noise", 0.05, (0, 0.15), "Standard deviation on each colour of each pixel; twice that on the slope."),
        whole("asked", "Pictures of each kind to be searched", 100, (20, 300), "None of them is among those it learned from."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the pictures and the first weights."),
    ),
    expects=(
        Expect(
            id="simple",
            see="On a plain ground with things apart the rule, which is told colours and shapes, is as good as the detector, which has to "
            f"learn them: at most {SLIGHT} of mAP behind it, if not ahead. The simple thing is tried first.",
            falsified_by=f"The rule is more than {SLIGHT} of mAP behind the detector there, or below 0.8. It is not told where the 95% "
            "interval of the difference, over these pictures, holds that distance.",
        ),
        Expect(
            id="noise",
            see="Where noise hides the colour of single pixels, a rule that looks at one pixel at a time breaks down, below a mAP of 0.3. "
            f"What looks at several at once does not: the detector is {CLEARLY} or more ahead, and so is the same rule after a mean of "
            f"3 × 3 pixels, at most {NEARLY} behind the detector. So it is the looking at several that does it, and no training is needed "
            "for that.",
            falsified_by=f"With more noise the rule has 0.3 or more, the detector or the rule after smoothing is less than {CLEARLY} ahead "
            f"of it, or the rule after smoothing more than {NEARLY} behind the detector.",
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
            see="Every find has a score, so the line can be drawn where a use wants it, and what that costs can be counted. With more "
            "noise, where the detector reports much that is none: a line at a score of 0.5 instead of 0.2 leaves at most half of the false "
            "finds, and fewer than 10 in 100 of the things are missed for it.",
            falsified_by="More than half of the false finds stay, or 10 or more in 100 of the things are missed for it. It is not told "
            f"with fewer than {FEWEST_FALSE} false finds to halve.",
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
    """Pictures of one kind, and what detector, rule and rule after smoothing found in each."""

    name: str
    drawn: Sequence[Drawn]
    seen: Sequence[Sequence[Find]]
    ruled: Sequence[Sequence[Find]]
    smooth: Sequence[Sequence[Find]]

    @property
    def scores(self) -> tuple[float, float, float]:
        """mAP at 0.5 of the detector, of the rule and of the rule after smoothing."""
        seen, ruled, smooth = (mean_precision(each, self.drawn) for each in (self.seen, self.ruled, self.smooth))
        return seen, ruled, smooth

    def behind(self, seed: int) -> tuple[float, float]:
        """By how much of mAP the detector is ahead of the rule, 95 % from, to: over the pictures, drawn again with some of them twice."""
        dice, apart = np.random.default_rng((seed, 99)), []
        for _ in range(DRAWS):
            rows = dice.integers(0, len(self.drawn), len(self.drawn)).tolist()
            drawn = [self.drawn[n] for n in rows]
            seen, ruled = (mean_precision([each[n] for n in rows], drawn) for each in (self.seen, self.ruled))
            apart.append(seen - ruled)
        low, high = np.quantile(apart, (0.025, 0.975)).tolist()
        return low, high


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
        for step, net in train(learned, steps, seed):
            course.append((step, mean_precision(net.find(asked[PLAIN]), asked[PLAIN])))
            yield course_part(course)
            yield Progress(says=f"Step {step} of {steps}", share=0.8 * step / steps)
        nears = fitted(learned[:TRIED], as_it_is), fitted(learned[:TRIED], smoothed)
        found = dict[str, Kind]()
        for n, (name, drawn) in enumerate(asked.items()):
            yield Progress(says=f"Searching: {name}", share=0.8 + 0.2 * n / len(asked))
            ruled, smooth = (ruled_by(drawn, near, way) for near, way in zip(nears, (as_it_is, smoothed), strict=True))
            found[name] = Kind(name, drawn, net.find(drawn), ruled, smooth)
        yield scenes_part(found)
        yield kinds_part(found, net.weights, nears)
        yield thresholds_part(found[PLAIN], found[NOISY])
        yield from findings(found, seed)


def ways_of(grain: float) -> dict[str, How]:
    """How the pictures of each kind are drawn; it learns from the first three."""
    return {
        PLAIN: How("plain", grain), SLOPE: How("slope", 2 * grain), OVER: How("plain", grain, apart=-3),
        LIGHT: How("plain", grain, level=(0.75, 0.95)), STRIPED: How("stripes", grain), NOISY: How("plain", grain + 0.2),
    }  # fmt: skip


def as_it_is(pixels: Array) -> Array:
    return pixels


def ruled_by(drawn: Sequence[Drawn], near: float, way: Callable[[Array], Array]) -> list[list[Find]]:
    """What the rule finds in each picture, ``way`` being what is done with its pixels first."""
    return [by_rule(way(each.pixels), near) for each in drawn]


def fitted(learned: Sequence[Drawn], way: Callable[[Array], Array]) -> float:
    """The distance of colour with which the rule does best on pictures to learn from."""
    return max(NEARS, key=lambda near: mean_precision(ruled_by(learned, near, way), learned))


# --- What is shown ---


def course_part(course: Sequence[tuple[int, float]]) -> Picture:
    return Picture(
        name="course", title="How well it finds while it learns", chart="lines", label="Step", unit="mAP at 0.5",
        labels=tuple(str(step) for step, _ in course), series=(Series(title=f"{DETECTOR}, {PLAIN}", values=tuple(m for _, m in course)),),
        says=f"After step {course[-1][0]} the mean average precision on {PLAIN} is {course[-1][1]:.2f}.",
        note="1: everything is found and named, nothing else is. A frame counts if it covers half of the union with the drawn one.",
    )  # fmt: skip


def scenes_part(found: Mapping[str, Kind]) -> Scenes:
    """Of each kind the first two pictures, with the detector's frames of a score of a half and more: the surest, where there are many."""
    scenes = [scene_of(kind, n) for kind in found.values() for n in range(min(2, len(kind.drawn)))]
    return Scenes(
        name="pictures", title="What was drawn and what was found", heads=("Drawn", DETECTOR, RULE, SMOOTH), scenes=tuple(scenes),
        found=f"Found by the detector, at most {MOST_FRAMES - MOST}",
        says="Of each kind the first two pictures; of the detector what it found with a score of 0.5 or more, the surest first.",
    )  # fmt: skip


def scene_of(kind: Kind, n: int) -> Scene:
    drawn, sure = kind.drawn[n], [find for find in kind.seen[n] if find.score >= 0.5]
    given = tuple(framed(thing.box, f"{thing.colour} {thing.shape}", given=True) for thing in drawn.things)
    seen = tuple(framed(find.box, f"{find.shape}, {find.score:.0%}") for find in sure)
    lines = (
        listed([f"{thing.colour} {thing.shape}" for thing in drawn.things]),
        listed([f"{find.colour} {find.shape} {find.score:.0%}" for find in sure]),
        *(listed([f"{find.colour} {find.shape}" for find in each[n]]) for each in (kind.ruled, kind.smooth)),
    )
    frames = (*given, *seen[: MOST_FRAMES - MOST])
    return Scene(title=f"{kind.name} {n + 1}", width=SIDE, height=SIDE, pixels=coded(drawn), frames=frames, lines=lines)


def framed(box: Box, label: str, *, given: bool = False) -> Frame:
    return Frame(left=box.left, top=box.top, right=box.right, bottom=box.bottom, label=label, given=given)


def coded(drawn: Drawn) -> str:
    """As the bytes of a scene."""
    return b64encode(np.round(255 * drawn.pixels).astype(np.uint8).tobytes()).decode()


def kinds_part(found: Mapping[str, Kind], weights: int, nears: tuple[float, float]) -> Table:
    rows = list[tuple[Cell, ...]]()
    for kind in found.values():
        counts = [count(each, kind.drawn, HALF) for each in (kind.seen, kind.ruled, kind.smooth)]
        rows.append((kind.name, counts[0].things, *kind.scores, *(n for each in counts for n in (each.hits, each.false))))
    ways = (DETECTOR, RULE, SMOOTH)
    return Table(
        name="kinds", title="Found, by kind of picture", rows=tuple(rows),
        columns=("Pictures", "Things drawn", *(f"{way}, mAP" for way in ways),
                 *(f"{way}: {what}" for way in ways for what in ("right", "false"))),
        note=f"Right and false: finds with a score of {HALF:g} or more. The detector has {weights:,} weights; it learned from the first "
        f"three kinds. The rule takes pixels within {nears[0]} of a colour, after smoothing within {nears[1]}; each did best on {TRIED} of "
        "the same pictures.",
    )  # fmt: skip


def thresholds_part(*kinds: Kind) -> Table:
    rows = list[tuple[Cell, ...]]()
    for least in THRESHOLDS:
        counts = [count(kind.seen, kind.drawn, least) for kind in kinds]
        rows.append((f"{least:g}", *(n for got in counts for n in (got.hits, got.things - got.hits, got.false))))
    return Table(
        name="thresholds", title="Where the line is drawn", rows=tuple(rows),
        columns=("Least score", *(f"{kind.name}: {what}" for kind in kinds for what in ("right", "missed", "false"))),
        note="The scores can be set to how many misses and how many false alarms a use can bear.",
    )  # fmt: skip


# --- What is found ---


def findings(found: Mapping[str, Kind], seed: int) -> Iterator[Finding]:
    scores = {name: kind.scores for name, kind in found.items()}
    seen, ruled, _ = scores[PLAIN]
    yield _simple(found[PLAIN], seed)
    noisy, coarse, smooth = scores[NOISY]
    yield Finding(
        id="noise", held=coarse < 0.3 and min(noisy, smooth) >= coarse + CLEARLY and smooth >= noisy - NEARLY,
        found=f"With more noise the rule has a mAP of {coarse:.2f}, the detector {noisy:.2f}, the rule after smoothing {smooth:.2f}. On "
        f"{PLAIN}, with less noise, smoothing costs the rule: {ruled:.2f} without, {scores[PLAIN][2]:.2f} with it.",
    )  # fmt: skip
    others = {name: scores[name] for name in (LIGHT, STRIPED, NOISY)}
    told = ", ".join(f"{name}: {each[0]:.2f} (rule {each[1]:.2f})" for name, each in others.items())
    worst = min(each[0] for each in others.values())
    yield Finding(id="other-ground", held=worst <= seen - CLEARLY, found=f"The detector on {PLAIN}: {seen:.2f}; {told}.")
    yield _line(found[NOISY])


def _simple(kind: Kind, seed: int) -> Finding:
    (seen, ruled, _), (low, high) = kind.scores, kind.behind(seed)
    says = (
        f"On {PLAIN} the rule has a mAP of {ruled:.2f}, the detector {seen:.2f}; detector less rule {seen - ruled:+.2f}, 95% from "
        f"{low:+.2f} to {high:+.2f}, over {len(kind.drawn)} pictures."
    )
    held = False if ruled < 0.8 or low > SLIGHT else True if high <= SLIGHT else None
    return Finding(id="simple", held=held, found=says if held is not None else f"{says} Too few pictures to tell.")


def _line(kind: Kind) -> Finding:
    low, high = (count(kind.seen, kind.drawn, least) for least in (LOW, HALF))
    missed = [each.things - each.hits for each in (low, high)]
    says = (
        f"With {kind.name}, from a score of {LOW:g} on it misses {missed[0]} of {low.things} things and reports {low.false} that are none; "
        f"from {HALF:g} on it misses {missed[1]} and reports {high.false}."
    )
    cheap = 2 * high.false <= low.false and missed[1] - missed[0] < DEAR * low.things
    return Finding(id="line", held=cheap if low.false >= FEWEST_FALSE else None, found=says)
