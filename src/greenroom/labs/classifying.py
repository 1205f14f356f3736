"""The lab *classify-pictures*: a small network sorts drawn digits, beside two rules; and what it says to pictures of another kind."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from greenroom.labs.digits import DIGITS, LETTERS, SIDE, Array, How, draw, signs
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.parameter import number, switch, whole
from greenroom.labs.scenes import Scene, Scenes
from greenroom.labs.shares import Share, paired

if TYPE_CHECKING:
    from greenroom.labs.digit_net import DigitNet

SAME, GRAINY, LIGHT, STRIPED, FARTHER, LETTER = (
    "drawn the same way",
    "more noise",
    "dark on light",
    "stripes behind",
    "moved farther",
    "letters",
)
NETWORK, MEANS, MAJORITY = "Network", "Nearest mean", "Most frequent"
SHOWN_EACH, SURE = 2, 0.9

CARD = Card(
    name="classify-pictures",
    title="A small network sorts pictures",
    topics=("applications",),
    about="A network of 8,746 weights is trained on digits that code draws: light strokes on a dark ground, moved, turned and slanted a "
    "little, with noise. It is no language model; it is the specialist that a language model with eyes is compared with. Beside it stand "
    "two rules: take the digit whose mean picture is nearest, or always say the most frequent digit. Then all three are given pictures "
    "that were drawn otherwise, and letters. The pictures are simple, and no photographs: the figures hold for them only.",
    parameters=(
        whole("pictures", "Pictures to learn from", 1500, (50, 4000)),
        whole("steps", "Training steps", 300, (1, 1500), "64 pictures at each."),
        number("moved", "How far a digit is moved, turned and slanted", 0.5, (0, 1), "0: each stands upright in the middle."),
        number("grain", "Noise", 0.1, (0, 0.5), "Standard deviation; a stroke is 0.7 lighter than the ground."),
        switch("varied", "Half of them dark on light", False, "Of the pictures to learn from."),
        whole("asked", "Pictures of each kind to be sorted", 400, (50, 1000), "None of them is among those it learned from."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the pictures and the first weights."),
    ),
    expects=(
        Expect(
            id="learns",
            see="Where the digits move about, the trained network is right more often than the nearest mean, by 5 in 100 or more, and the "
            "nearest mean at least twice as often as the most frequent digit, which is the score of not looking.",
            falsified_by="The network is not 5 in 100 ahead of the nearest mean, so uneven a count could be chance (p of 0.05 or more), or "
            "the nearest mean is right less than twice as often as the most frequent digit. It is not told where digits are not moved or "
            "where half are dark on light, whose means cancel out.",
        ),
        Expect(
            id="rule-enough",
            see="Where every digit stands upright in the middle, the rule needs no training steps and is as good as the network: the "
            "difference is 2 in 100 at most. The simple thing is tried first.",
            falsified_by="With upright digits the network is more than 2 in 100 ahead of the nearest mean.",
            set={"moved": 0},
        ),
        Expect(
            id="other-light",
            see="The same digits dark on light, which any person reads as well: the network is right in fewer than 1 in 5, and yet gives "
            "its answers a mean probability of 70% or more. It learned these pictures, not what a digit is, and its probabilities are no "
            "warning.",
            falsified_by="It reads 1 in 5 or more of them, or its mean probability is below 70%.",
            settles=("models-that-see/our-pictures", "robustness/one-number"),
        ),
        Expect(
            id="seen-helps",
            see="With half of the training pictures dark on light it reads new dark ones about as well as the mixture that it learned: at "
            "most 5 in 100 fewer are right. What it was not shown stays a "
            "trouble: stripes behind the digits cost it 20 in 100 or more.",
            falsified_by="Of the dark ones more than 5 in 100 fewer are right, or fewer than 4 in 5; or the stripes cost it less "
            "than 20 in 100.",
            settles=("models-that-see/our-pictures",),
            set={"varied": True},
        ),
        Expect(
            id="no-none",
            see="Shown letters, it names a digit every time, because it has no other words, and one letter in five or more gets "
            f"{100 * SURE:.0f}% or more. That it is none of these has to be trained or tested for.",
            falsified_by=f"Fewer than one letter in five is taken for a digit with {100 * SURE:.0f}% or more.",
        ),
    ),
    examples=(
        Example(title="Upright and in the middle", set={"moved": 0}),
        Example(title="Half of them dark on light", set={"varied": True}),
        Example(title="Few pictures to learn from", set={"pictures": 100}),
        Example(title="Digits far from upright", set={"moved": 1}),
    ),
    sources=(
        Source(
            title="Hendrycks and Gimpel 2016, A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks",
            url="https://arxiv.org/abs/1610.02136",
        ),
        Source(
            title="Hendrycks and Dietterich 2019, Benchmarking Neural Network Robustness to Common Corruptions and Perturbations",
            url="https://arxiv.org/abs/1903.12261",
        ),
    ),
    extra="labs",
    seconds=600,
    megabytes=4096,
)  # fmt: skip


class Kind(NamedTuple):
    """Pictures of one kind, what they show, and what was said of each: the network's probabilities (n, 10), the nearest mean (n,)."""

    name: str
    signs: str
    pictures: Array
    chances: Array
    nearest: Array

    @property
    def says(self) -> str:
        """What the network says, a digit for each picture."""
        return "".join(DIGITS[n] for n in self.chances.argmax(1))

    @property
    def sure(self) -> Array:
        """(n,): the probability of what it says."""
        return np.asarray(self.chances.max(1))

    @property
    def right(self) -> Share:
        return Share(sum(map(str.__eq__, self.says, self.signs)), len(self.signs))

    @property
    def right_by_means(self) -> Share:
        return Share(sum(DIGITS[n] == sign for n, sign in zip(self.nearest, self.signs, strict=True)), len(self.signs))

    @property
    def certain(self) -> Share:
        """Of all answers, those with ``SURE`` or more."""
        return Share(int((self.sure >= SURE).sum()), len(self.signs))


class Learned(NamedTuple):
    """Both of what learns: the network, and the mean picture of each digit (10, 400). ``usual``: the most frequent digit."""

    net: DigitNet
    means: Array
    usual: str

    def look(self, name: str, signs: str, pictures: Array) -> Kind:
        away = ((pictures.reshape(len(pictures), 1, -1) - self.means) ** 2).sum(-1)  # (n, 10)
        return Kind(name, signs, pictures, self.net.probabilities(pictures), np.asarray(away.argmin(1)))


class ClassifyPictures:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        from greenroom.labs.digit_net import train
        from greenroom.labs.schooling import take_threads

        yield Progress(says="Drawing", share=0)
        take_threads(bench)
        how = How(values.number("moved"), values.number("grain"), 0.5 if values.yes("varied") else 0)
        dice = np.random.default_rng(values.whole("seed"))
        names = signs(DIGITS, values.whole("pictures"), dice)
        pictures, answers = draw(names, how, dice), np.array([int(each) for each in names])
        asked = kinds(how, values.whole("asked"), values.whole("seed"))
        means = np.stack([mean_of(pictures, answers == n) for n in range(len(DIGITS))])
        usual = DIGITS[np.bincount(answers, minlength=len(DIGITS)).argmax()]
        courses, steps = list[tuple[int, Share]](), values.whole("steps")
        for step, net in train(pictures, answers, steps, values.whole("seed")):
            learned = Learned(net, means, usual)
            seen = learned.look(SAME, *asked[SAME])
            courses.append((step, seen.right))
            yield course_part(courses, seen)
            yield Progress(says=f"Step {step} of {steps}", share=0.9 * step / steps)
        found = {name: learned.look(name, *each) for name, each in asked.items()}
        yield scenes_part(found)
        yield kinds_part(found, learned)
        yield confusion_part(found[SAME])
        yield from findings(found, learned.usual, values)


def kinds(how: How, count: int, seed: int) -> dict[str, tuple[str, Array]]:
    """The pictures to be sorted, by kind: what they show, and they. The dice are others than in the training."""
    dice = np.random.default_rng((seed, 1))
    wanted = {
        SAME: how, GRAINY: how._replace(grain=min(0.6, how.grain + 0.2)), LIGHT: how._replace(light=1),
        STRIPED: how._replace(stripes=0.5), FARTHER: how._replace(moved=1), LETTER: how,
    }  # fmt: skip
    found = {}
    for name, each in wanted.items():
        drawn = signs(LETTERS if name == LETTER else DIGITS, count, dice)
        found[name] = drawn, draw(drawn, each, dice)
    return found


def mean_of(pictures: Array, which: Array) -> Array:
    """(400,): the mean of some pictures; of none, what no picture is near to."""
    return np.asarray(pictures[which].mean(0).ravel() if which.any() else np.full(SIDE * SIDE, 9.0))


# --- What is shown ---


def course_part(courses: Sequence[tuple[int, Share]], seen: Kind) -> Picture:
    last = courses[-1][1]
    steps, rights = [step for step, _ in courses], [share.percent or 0 for _, share in courses]
    return Picture(
        name="course", title="Right while it learns", chart="lines", label="Step", labels=tuple(map(str, steps)), unit="%",
        series=(
            Series(title=NETWORK, values=tuple(rights)),
            Series(title=MEANS, values=(seen.right_by_means.percent,) * len(steps)),
        ),
        says=f"After step {steps[-1]} the network has {last} right, the nearest mean {seen.right_by_means}.",
        note="Of pictures that it does not learn from. The nearest mean learns in one go.",
    )  # fmt: skip


def scenes_part(found: Mapping[str, Kind]) -> Scenes:
    """Of each kind the first picture that is read rightly and the first that is not, where there are."""
    scenes = []
    for kind in found.values():
        says, sure = kind.says, kind.sure
        wrong = [n for n, sign in enumerate(kind.signs) if says[n] != sign]
        first = [n for n in range(len(says)) if n not in wrong][:1] + wrong[:1]
        for n in first[:SHOWN_EACH] if len(first) > 1 else wrong[:SHOWN_EACH] or first:
            scenes.append(
                Scene(
                    title=f"{kind.signs[n]}, {kind.name}", width=SIDE, height=SIDE, pixels=grey(kind.pictures[n]),
                    lines=(f"{says[n]}, {sure[n]:.0%}", DIGITS[kind.nearest[n]]),
                )
            )  # fmt: skip
    return Scenes(
        name="pictures", title="What it was shown and what it said", heads=(NETWORK, MEANS), scenes=tuple(scenes),
        says="Of each kind the first picture that the network read rightly and the first that it did not; with its probability.",
    )  # fmt: skip


def grey(picture: Array) -> str:
    """As the bytes of a scene."""
    return b64encode(np.repeat(np.round(255 * picture).astype(np.uint8), 3).tobytes()).decode()


def kinds_part(found: Mapping[str, Kind], learned: Learned) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for kind in found.values():
        letters = kind.name == LETTER
        usual = Share(kind.signs.count(learned.usual), len(kind.signs))
        rights = (None,) * 5 if letters else (*kind.right.cells[2:], kind.right_by_means.percent, usual.percent)
        rows.append((kind.name, len(kind.signs), *rights, 100 * float(kind.sure.mean()), kind.certain.percent))
    return Table(
        name="kinds", title="Right, by kind of picture",
        columns=("Pictures", "How many", "Network, %", "95% from", "to", f"{MEANS}, %", f"{MAJORITY}, %", "Mean probability it gives, %",
                 f"Answers at {100 * SURE:.0f}% or more, %"),
        rows=tuple(rows), note=f"The network has {learned.net.weights:,} weights. For letters there is no right answer among the digits.",
    )  # fmt: skip


def confusion_part(kind: Kind) -> Picture:
    pairs = [[sum(a == sign and b == said for a, b in zip(kind.signs, kind.says, strict=True)) for sign in DIGITS] for said in DIGITS]
    errors = {(DIGITS[sign], DIGITS[said]): pairs[said][sign] for said in range(10) for sign in range(10) if said != sign}
    (sign, said), count = max(errors.items(), key=lambda each: each[1])
    return Picture(
        name="confusion", title="What is taken for what", chart="heat", label="Drawn", labels=tuple(DIGITS), across="the network says",
        series=tuple(Series(title=said, values=tuple(map(float, pairs[n]))) for n, said in enumerate(DIGITS)),
        says=f"Most often {sign} is taken for {said}: {count} times." if count else "None is taken for another.",
    )  # fmt: skip


# --- What is found ---


def findings(found: Mapping[str, Kind], usual: str, values: Values) -> Iterator[Finding]:
    same, light, striped, letters = (found[name] for name in (SAME, LIGHT, STRIPED, LETTER))
    by_net, by_means = same.right.value or 0, same.right_by_means.value or 0
    blind = Share(same.signs.count(usual), len(same.signs))
    better, worse = apart(same)
    chance = paired(better, worse)
    says = (
        f"The network has {same.right} right, the nearest mean {same.right_by_means}, always “{usual}” {blind}. "
        f"Where network and mean differ in being right: {better} to {worse} (p = {chance:.2g}: so probable is "
        "so uneven a count if neither is better)."
    )
    upright, varied = values.number("moved") == 0, values.yes("varied")
    ahead = by_net >= by_means + 0.05 and chance < 0.05 and by_means >= 2 * (blind.value or 0)
    dark_too = "Half were dark on light: set “varied” to no. " if varied else ""
    why = "The digits were not moved: set “moved” above 0. " if upright else dark_too
    yield Finding(id="learns", held=None if why else ahead, found=f"{why}{says}")
    yield Finding(id="rule-enough", held=by_net - by_means <= 0.02 if upright else None,
                  found=says if upright else "The digits were moved: set “moved” to 0.")  # fmt: skip
    read, sure = light.right, float(light.sure.mean())
    said = f"Dark on light it has {read} right; its answers have a mean probability of {sure:.0%}."
    yield Finding(
        id="other-light", held=None if varied else (read.value or 0) < 0.2 and sure >= 0.7,
        found="It learned from dark ones too: set “varied” to no." if varied else said,
    )  # fmt: skip
    lost = by_net - (striped.right.value or 0)
    dark = read.value or 0
    yield Finding(
        id="seen-helps", held=dark >= max(0.8, by_net - 0.05) and lost >= 0.2 if varied else None,
        found=f"{said} Of the mixture {same.right}. With stripes behind: {striped.right}."
        if varied else "It did not learn from dark ones: set “varied” to yes.",
    )  # fmt: skip
    says = f"{letters.certain} letters got {100 * SURE:.0f}% or more as a digit; the mean is {float(letters.sure.mean()):.0%}."
    yield Finding(id="no-none", held=(letters.certain.value or 0) >= 0.2, found=says)


def apart(kind: Kind) -> tuple[int, int]:
    """Pictures that only the network has right, and only the nearest mean."""
    both = [(a == sign, DIGITS[n] == sign) for a, n, sign in zip(kind.says, kind.nearest, kind.signs, strict=True)]
    return sum(a and not b for a, b in both), sum(b and not a for a, b in both)
