"""The lab *captions*: a small network writes a sentence about a drawn picture; what of it is right, and what it writes of other kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from greenroom.labs.captioned import (
    EMPTY,
    RINGS,
    SAME,
    Found,
    Kind,
    course_part,
    findings,
    kinds_part,
    overlap_part,
    scenes_part,
    shares_part,
    words_part,
)  # fmt: skip
from greenroom.labs.detecting import LIGHT, NOISY, PLAIN, SLOPE, STRIPED, ways_of
from greenroom.labs.drawing import COLOURS, MOST, RING, Drawn, How, arrange, pictures, scene
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.parameter import number, whole

if TYPE_CHECKING:
    from greenroom.labs.captioner import Captioner

CARD = Card(
    name="captions",
    title="A small network writes what it sees",
    topics=("applications",),
    about="A network learns to write a sentence about one to three coloured things that code draws: how many, and of each the colour, "
    "the shape and in which ninth of the picture it lies. It is built as a language model with eyes is: an eye (the detector of the lab "
    "“find-objects”, trained first and then left as it is), a bridge that turns what the eye says into sixteen vectors, and a tiny "
    "language model of 26 words that reads them before its own words. Then it is shown what it has not learned: a light ground, stripes, "
    "more noise, rings, and nothing at all. The pictures are simple, and no photographs, and all sentences have one form: the figures "
    "hold for them only.",
    parameters=(
        whole("pictures", "Pictures to learn from", 2000, (60, 4000), "Half each on plain ground and on a slope."),
        whole("eye", "Training steps of the eye", 500, (1, 1500), "32 pictures at each; it learns to frame things.", group="Training"),
        whole("steps", "Training steps of the writer", 800, (1, 2000), "32 pictures with their sentences at each.", group="Training"),
        number("grain", "Noise", 0.05, (0, 0.15), "Standard deviation on each colour of each pixel; twice that on the slope."),
        whole("asked", "Pictures of each kind to be described", 100, (20, 300), "None of them is among those it learned from."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the pictures and the first weights."),
    ),
    expects=(
        Expect(
            id="reads",
            see="Of pictures like those it learned from, counts, colours, shapes and places are right far more often than in the caption "
            "of another picture, which is as fluent: each by 25 in 100 or more. Not all is right: a sentence has many words that can be "
            "wrong.",
            falsified_by="In one of the four the lower end of the 95% interval is less than 25 in 100 above the caption of another "
            "picture.",
        ),
        Expect(
            id="fluent-false",
            see="Fluent is not true. On a light ground, and of rings, a shape it has no word for, nine captions in ten or more are "
            "proper sentences, and all is right at most half as often as in pictures like those it learned from (of rings never, for the "
            "word is missing); yet it gives its telling words (counts, colours, shapes, places) a mean probability of 75% or more.",
            falsified_by="In one of the two kinds fewer than 90 in 100 are sentences, the share that is all right is more than half of "
            "that on what it learned, or the mean probability is below 75%. It is not told where fewer than 80 in 100 telling words are "
            "right on what it learned.",
            settles=("models-that-see/describes-what-is-there",),
        ),
        Expect(
            id="nothing-there",
            see="Shown an empty ground, it describes something all the same, because every sentence that it has read names a thing. That "
            "nothing can be seen has to be among what it learns, and tested for.",
            falsified_by="Of the empty grounds fewer than 90 in 100 get a sentence that names something. Not told as above.",
            settles=("models-that-see/describes-what-is-there", "models-that-see/test-objects"),
        ),
        Expect(
            id="taught",
            see="It can be taught otherwise. A copy that is trained for a quarter of the steps more, with one picture in nine an empty "
            "ground of which nothing is to be said, says nothing of nine new empty grounds in ten or more; of pictures with things in them "
            "as much is right as before. The eye, which is left as it is, could tell it all along.",
            falsified_by="Of fewer than 90 in 100 empty grounds it says nothing, or of the pictures with things more than 5 in 100 less is "
            "right. Not told as above.",
        ),
        Expect(
            id="words-alone",
            see="The words alone give much: with the picture replaced by an empty ground, half of the words of the true sentence or more "
            "are still the likeliest after the true words before them; nearly all of those in between, and few of those that tell "
            "something. So a score over all words looks well for a model that does not look.",
            falsified_by="Without the picture fewer than half of all words are right, fewer than 85 in 100 of those in between, or more "
            "than 40 in 100 of the telling ones. Not told as above.",
        ),
        Expect(
            id="overlap",
            see="Overlap with the true sentence is not truth: BLEU puts a sentence with one shape made wrong before the true one told from "
            "right to left. Both are made by code: this is of BLEU and not of the network.",
            falsified_by="Of the pictures with several things, BLEU puts the true sentence first in half or more, as far as the 95% "
            "interval tells.",
        ),
    ),
    sources=(
        Source(title="Liu et al. 2023, Visual Instruction Tuning (LLaVA)", url="https://arxiv.org/abs/2304.08485"),
        Source(title="Rohrbach et al. 2018, Object Hallucination in Image Captioning", url="https://arxiv.org/abs/1809.02156"),
    ),
    examples=(
        Example(title="A writer with little training", set={"steps": 150}),
        Example(title="An eye with little training", set={"eye": 60}),
    ),
    extra="labs",
    seconds=900,
    megabytes=4096,
)  # fmt: skip


class Captions:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        from greenroom.labs import captioner, detector
        from greenroom.labs.schooling import take_threads

        yield Progress(says="Drawing", share=0)
        take_threads(bench)
        ways, seed, steps, looks = ways_of(values.number("grain")), values.whole("seed"), values.whole("steps"), values.whole("eye")
        learned = pictures(values.whole("pictures"), [ways[PLAIN], ways[SLOPE]], np.random.default_rng(seed))
        asked = asked_of(values.whole("asked"), ways, seed)
        for step, eye in detector.train(learned, looks, seed):
            yield Progress(says=f"The eye, {eye.weights:,} weights: step {step} of {looks}", share=0.35 * step / looks)
        course = list[tuple[int, Kind]]()
        for step, net in captioner.train(eye, learned, steps, seed):
            course.append((step, Kind(SAME, asked[SAME], net.write(net.look(asked[SAME])))))
            yield course_part(course)
            yield Progress(says=f"The writer, {net.weights:,} weights: step {step} of {steps}", share=0.35 + 0.5 * step / steps)
        yield Progress(says="A copy is taught that there can be nothing", share=0.88)
        more = [*learned, *empty(len(learned) // 8, [ways[PLAIN], ways[SLOPE]], seed)]
        copy = captioner.taught_on(net, more, -(-steps // 4), seed)
        yield Progress(says="Writing about other pictures", share=0.95)
        found = looked_at(net, copy, asked)
        yield scenes_part(found)
        yield kinds_part(found, net.weights)
        yield shares_part(found)
        yield words_part(found)
        yield overlap_part(found)
        yield from findings(found)


def asked_of(count: int, ways: Mapping[str, How], seed: int) -> dict[str, list[Drawn]]:
    """The pictures that are asked about, by kind; none of them is among those it learned from."""
    plain, kinds = ways[PLAIN], {SAME: [ways[PLAIN], ways[SLOPE]], NOISY: [ways[NOISY]], STRIPED: [ways[STRIPED]], LIGHT: [ways[LIGHT]]}
    found = {name: pictures(count, each, np.random.default_rng((seed, 1 + n))) for n, (name, each) in enumerate(kinds.items())}
    dice = np.random.default_rng((seed, 9))
    rings = [[(list(COLOURS)[int(n)], RING) for n in dice.integers(0, 4, int(dice.integers(1, MOST + 1)))] for _ in range(count)]
    found[RINGS] = [scene(arrange(each, plain, dice), plain, dice) for each in rings]
    found[EMPTY] = [scene([], plain, dice) for _ in range(count)]
    return found


def empty(count: int, ways: Sequence[How], seed: int) -> list[Drawn]:
    """Grounds with nothing on them, in turn of each kind."""
    dice = np.random.default_rng((seed, 10))
    return [scene([], ways[n % len(ways)], dice) for n in range(count)]


def looked_at(net: Captioner, copy: Captioner, asked: Mapping[str, Sequence[Drawn]]) -> Found:
    """What it writes of all of them; of the first kind with other pictures in their place; and what the copy writes."""
    kinds = {name: Kind(name, drawn, net.write(net.look(drawn))) for name, drawn in asked.items()}
    same, blank = kinds[SAME], kinds[EMPTY]
    turned = same._replace(written=[*same.written[1:], same.written[0]])
    first, second = ([pair for row in net.guess(net.look(seen), same.drawn) for pair in row] for seen in (same.drawn, blank.drawn))
    taught = {name: kinds[name]._replace(written=copy.write(copy.look(asked[name]))) for name in (SAME, EMPTY)}
    return Found(kinds, turned, same._replace(written=blank.written), (first, second), taught)
