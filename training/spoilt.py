"""Samples made by rule from labelled answers: what earns nothing, what changes nothing, and claims that are only framed.

They teach the network that words are not claims: salads, lists, echoes, answers to something else, pleas to whoever marks, a claim that the
speaker does not stand by, and (the other side) a claim said to the letter, which is made.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from corpus import DATA
from junk import HOLLOW, listed, shuffled
from rows import ANY, HELD, NOT_HELD, Sample, only_label

MISSED, UNSAID = only_label("missed"), only_label("not asserted")
SHARES = {"salad": 0.02, "listed": 0.01, "echo": 0.02, "stray": 0.04, "plea": 0.03, "copied": 0.04, "framed": 0.35, "whole": 0.4}
"""Samples of each rule beside those that they are made from."""
FRAMES = DATA / "framings.jsonl"
"""``says``: the speaker holds the claim, or its contrary, or neither."""
UNHELD = {"nothing": "not asserted", "contrary": "wrong"}


def spoilt(samples: Sequence[Sample], rng: random.Random) -> Iterator[Sample]:
    """A fresh draw of all rules; the shares are those of ``samples``."""
    every = [json.loads(line) for line in FRAMES.read_text(encoding="utf-8").splitlines()]
    whole = [frame for frame in every if "{answer}" in frame["text"]]
    frames = [frame for frame in every if frame not in whole]
    rules: dict[str, Callable[[Sample], Sample | None]] = {
        "salad": lambda sample: nothing(sample, shuffled(sample.answer, rng)),
        "listed": lambda sample: nothing(sample, listed(" ".join(claim.text for claim in sample.claims), rng)),
        "echo": lambda sample: nothing(sample, " ".join([sample.question] * rng.randint(1, 3))),
        "stray": lambda sample: _stray(sample, rng.choice(samples)),
        "plea": lambda sample: sample._replace(answer=_put(sample.answer, [rng.choice(HOLLOW)], rng)),
        "copied": lambda sample: copied(sample, rng),
        "framed": lambda sample: framed(sample, frames, rng),
        "whole": lambda sample: whole_framed(sample if rng.random() < 0.6 else copied(sample, rng), rng.choice(whole)),
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


def _put(answer: str, said: Sequence[str], rng: random.Random) -> str:
    """Each before, behind or between the sentences of the answer; none within another."""
    ends = [at + 2 for at in range(len(answer) - 2) if answer[at : at + 2] in (". ", ".\n", "? ")]
    parts = [answer[a:b].strip() for a, b in pairwise([0, *ends, len(answer)])]
    for each in said:
        parts.insert(rng.randint(0, len(parts)), each)
    return " ".join(filter(None, parts))


def copied(sample: Sample, rng: random.Random) -> Sample:
    """Some of the claims to the letter: those are made, or held, and no others."""
    some = rng.sample(range(len(sample.claims)), rng.randint(1, min(5, len(sample.claims))))
    answer = " ".join(sample.claims[place].text for place in some)
    bare = nothing(sample, answer)
    claims = (claim._replace(allowed=HELD, quote=claim.text, mark=1.0) if n in some else claim for n, claim in enumerate(bare.claims))
    return bare._replace(claims=tuple(claims))


def framed(sample: Sample, frames: Sequence[dict[str, str]], rng: random.Random) -> Sample | None:
    """Claims that the answer does not touch, put into it by framings, or into an answer of nothing else; at times all by the same one."""
    bare = sample if rng.random() < 0.6 else nothing(sample, "")
    same = rng.choice(frames) if rng.random() < 0.3 else None
    free = [n for n, claim in enumerate(bare.claims) if claim.allowed == (MISSED if claim.job == "point" else NOT_HELD)]
    claims, every = list(bare.claims), list[str]()
    for place in rng.sample(free, min(rng.choice((1, 1, 2, 4, 8, 12)), len(free))):
        claim, frame = claims[place], same or rng.choice(frames)
        said = frame["text"].replace("{claim}", claim.text).replace("{claim_bare}", _bare(claim.text))
        point, holds = claim.job == "point", frame["says"] == "claim"
        allowed = HELD if holds else only_label(UNHELD[frame["says"]]) if point else NOT_HELD
        claims[place] = claim._replace(allowed=allowed, quote=said, mark=1.0 if holds else 0.0)
        every.append(said)
    return bare._replace(answer=_put(bare.answer, every, rng), claims=tuple(claims)) if every else None


def whole_framed(sample: Sample, frame: dict[str, str]) -> Sample:
    """The answer within a framing: as it was, or with nothing in it asserted."""
    framed = sample._replace(answer=frame["text"].replace("{answer}", sample.answer))
    if frame["says"] == "claim":
        return framed
    kept = (MISSED, ANY)
    claims = (
        claim._replace(mark=0.0, allowed=NOT_HELD if claim.job != "point" else claim.allowed if claim.allowed in kept else UNSAID)
        for claim in sample.claims
    )
    return framed._replace(claims=tuple(claims))


def _bare(text: str) -> str:
    """Inside another sentence: without the full stop, and without the capital unless the word has more of them."""
    head = text.split(" ", 1)[0]
    return (text if any(letter.isupper() for letter in head[1:]) or head == "I" else text[:1].lower() + text[1:]).rstrip(".")
