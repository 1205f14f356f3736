"""Samples made by rule from labelled answers: what earns nothing, what changes nothing, and claims that are only framed.

They teach the network that words are not claims: salads, lists, echoes, answers to something else, pleas to whoever marks, a claim that the
speaker does not stand by, and (the other side) a claim said to the letter, which is made.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence

from corpus import DATA
from junk import HOLLOW, listed, shuffled
from rows import HELD, NOT_HELD, Sample, only_label

MISSED = only_label("missed")
SHARES = {"salad": 0.02, "listed": 0.01, "echo": 0.02, "stray": 0.04, "plea": 0.03, "copied": 0.04, "framed": 0.14}
"""Samples of each rule beside those that they are made from."""
FRAMES = DATA / "framings.jsonl"


def spoilt(samples: Sequence[Sample], rng: random.Random) -> Iterator[Sample]:
    """A fresh draw of all rules; the shares are those of ``samples``."""
    frames = [json.loads(line) for line in FRAMES.read_text(encoding="utf-8").splitlines()]
    rules: dict[str, Callable[[Sample], Sample | None]] = {
        "salad": lambda sample: nothing(sample, shuffled(sample.answer, rng)),
        "listed": lambda sample: nothing(sample, listed(" ".join(claim.text for claim in sample.claims), rng)),
        "echo": lambda sample: nothing(sample, " ".join([sample.question] * rng.randint(1, 3))),
        "stray": lambda sample: _stray(sample, rng.choice(samples)),
        "plea": lambda sample: sample._replace(answer=_put(sample.answer, rng.choice(HOLLOW), rng)),
        "copied": lambda sample: copied(sample, rng),
        "framed": lambda sample: framed(sample, frames, rng),
    }
    for name, share in SHARES.items():
        for sample in rng.sample(samples, round(share * len(samples))):
            made = rules[name](sample)
            if made is not None:
                yield made


def nothing(sample: Sample, answer: str | None) -> Sample:
    """The claims beside a text, or an empty one, that makes none of them."""
    claims = (claim._replace(allowed=MISSED if claim.job == "point" else NOT_HELD, quote=None, mark=0.0) for claim in sample.claims)
    return sample._replace(answer=answer or "", claims=tuple(claims))


def _stray(sample: Sample, other: Sample) -> Sample | None:
    """An answer to a question of another subject."""
    return nothing(sample, other.answer) if sample.subject != other.subject else None


def _put(answer: str, sentence: str, rng: random.Random) -> str:
    """The sentence before, behind or between those of the answer."""
    places = [0, len(answer), *(at + 2 for at in range(len(answer) - 2) if answer[at : at + 2] in (". ", ".\n", "? "))]
    at = rng.choice(places)
    return " ".join(part for part in (answer[:at].strip(), sentence, answer[at:].strip()) if part)


def copied(sample: Sample, rng: random.Random) -> Sample:
    """Some of the claims to the letter: those are made, or held, and no others."""
    some = rng.sample(range(len(sample.claims)), rng.randint(1, min(5, len(sample.claims))))
    answer = " ".join(sample.claims[place].text for place in some)
    bare = nothing(sample, answer)
    claims = (claim._replace(allowed=HELD, quote=claim.text, mark=1.0) if n in some else claim for n, claim in enumerate(bare.claims))
    return bare._replace(claims=tuple(claims))


def framed(sample: Sample, frames: Sequence[dict[str, object]], rng: random.Random) -> Sample | None:
    """A claim that the answer does not touch, put into it by a framing."""
    free = [n for n, claim in enumerate(sample.claims) if claim.allowed == (MISSED if claim.job == "point" else NOT_HELD)]
    if not free:
        return None
    place, frame = rng.choice(free), rng.choice(frames)
    claim = sample.claims[place]
    said = str(frame["text"]).replace("{claim}", claim.text).replace("{claim_bare}", _bare(claim.text))
    unsaid = only_label("not asserted") if claim.job == "point" else NOT_HELD
    made = claim._replace(allowed=HELD, quote=said, mark=1.0) if frame["asserts"] else claim._replace(allowed=unsaid, quote=said)
    return sample._replace(answer=_put(sample.answer, said, rng), claims=(*sample.claims[:place], made, *sample.claims[place + 1 :]))


def _bare(text: str) -> str:
    """Inside another sentence: without the full stop, and without the capital unless the word has more of them."""
    head = text.split(" ", 1)[0]
    return (text if any(letter.isupper() for letter in head[1:]) or head == "I" else text[:1].lower() + text[1:]).rstrip(".")
