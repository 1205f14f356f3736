"""What the network learns from: rows with their labels and quotes, and samples made by rule."""

from __future__ import annotations

import random

import corpus
import numpy as np
import pytest
import remarks
import reworded
import rows
import small
import spoilt
from tokenizers import Tokenizer

from greenroom.assess.reader import ANSWER_TOKENS
from greenroom.llm.weights import WEIGHTS

ASKED, SAID = "Why is attention used?", "Each word looks at all the others. It was invented in 2014, and nothing is added up."
CLAIMS = (
    rows.Claim("Every position gathers information from others.", "point", (1, 0, 0, 0, 0), "Each word looks at all the others."),
    rows.Claim("The weights sum to one.", "point", (0, 0, 1, 0, 0)),
    rows.Claim("Attention was invented in 2017.", "misconception", rows.NOT_HELD),
)
SAMPLE = rows.Sample("bank", ASKED, SAID, CLAIMS)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    made = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made


def test_a_quote_becomes_the_tokens_that_say_it(tokenizer: Tokenizer) -> None:
    row = rows.make_row(tokenizer, SAMPLE)
    start, end = row.spans[0] or (0, 0)
    assert tokenizer.decode(row.ids[start : end + 1]) == "each word looks at all the others."
    assert row.spans[1:] == [None, None]
    assert tokenizer.decode(row.ids[slice(*row.answer)]).startswith("each word") and row.answer[1] <= row.group.index(1)


def test_what_is_too_long_is_cut_and_its_quote_with_it(tokenizer: Tokenizer) -> None:
    late = rows.Claim("It ends well.", "point", (1, 0, 0, 0, 0), "The end is good.")
    row = rows.make_row(tokenizer, rows.Sample("bank", ASKED, "word " * 500 + "The end is good.", (late,)))
    assert row.answer[1] - row.answer[0] == ANSWER_TOKENS and row.spans == [None]
    assert not rows.whole(row) and rows.whole(rows.make_row(tokenizer, SAMPLE))
    assert max(row.places) < 512, "BERT has no more places"


def test_the_labels_of_an_answer_become_claims() -> None:
    answer = next(
        a for a in corpus.read_split("train") if any(not point.asserted for point in a.label.points.values()) and a.label.misconceptions
    )
    claims = list(rows.claims_of(answer))
    named = {claim.text: claim for claim in claims}
    for point in corpus.rubric(answer).points:
        if f"{answer.question_id}/{point.id}" not in corpus.shared_claims():
            found = answer.label.points[point.id]
            label = found.verdict if found.asserted else "not asserted"
            assert dict(zip(rows.LABELS, named[point.point].allowed, strict=True)) == {each: each == label for each in rows.LABELS}
    assert sum(claim.allowed == rows.HELD for claim in claims if claim.job == "misconception") == len(answer.label.misconceptions)


def test_a_claim_that_a_question_held_out_shares_is_left_out() -> None:
    name, _, point_id = next(each for each in sorted(corpus.shared_claims()) if each.startswith("robustness/")).partition("/")
    texts = {claim.text for answer in corpus.read_split("train") if answer.question_id == name for claim in rows.claims_of(answer)}
    assert texts and corpus.claims(corpus.bank().get(name))[point_id] not in texts


def test_answers_to_packs_become_samples(tokenizer: Tokenizer) -> None:
    answers = small.read("packs", "train")
    found = list(rows.pack_samples(answers))
    assert len(found) == len(answers)
    assert any(rows.make_row(tokenizer, sample).spans[0] for sample in found[:20])
    held = [claim for sample in found for claim in sample.claims if claim.job == "misconception" and claim.allowed == rows.HELD]
    assert held and all(claim.quote for claim in held)
    marked = [sample for sample in rows.pack_samples(small.read("packs", "dev")) if sample.claims[-1].allowed == rows.ANY]
    assert marked and len(marked) == len(small.read("packs", "dev")), "each has its bare reference"


def test_stories_asks_and_manner_become_samples() -> None:
    stories = list(remarks.story_samples(small.read("stories", "train")))
    asks = list(remarks.ask_samples(small.read("asks", "train")))
    manner = list(remarks.manner_samples(small.read("manner", "train")))
    assert stories and {claim.job for sample in stories for claim in sample.claims} == {"point"}
    quoted = [(sample.answer, claim.quote) for sample in stories for claim in sample.claims if claim.quote]
    assert len(quoted) > len(stories) and all(quote in text for text, quote in quoted)
    assert asks and {claim.job for sample in asks for claim in sample.claims} == {"remark"}
    fits = [sample for sample in manner if any(claim.text == remarks.MANNER["fits_company"] for claim in sample.claims)]
    assert fits and len(fits) < len(manner), "only where a company is named"


def spoil(rule: str, sample: rows.Sample = SAMPLE, seed: int = 0, says: str = "nothing") -> rows.Sample | None:
    rng = random.Random(seed)
    frames = [{"text": "They say {claim_bare}. Well, who knows.", "says": says}]
    return {
        "nothing": lambda: spoilt.nothing(sample, "all words the at"),
        "copied": lambda: spoilt.copied(sample, rng),
        "framed": lambda: spoilt.framed(sample, frames, rng),
    }[rule]()


def test_what_earns_nothing_is_labelled_so() -> None:
    made = spoil("nothing")
    assert made and [claim.allowed for claim in made.claims] == [spoilt.MISSED, spoilt.MISSED, rows.NOT_HELD]
    assert all(claim.quote is None for claim in made.claims)


def test_claims_said_to_the_letter_are_made_and_no_others() -> None:
    made = [spoil("copied", seed=seed) for seed in range(9)]
    for sample in filter(None, made):
        for claim in sample.claims:
            assert (claim.text in sample.answer) == (claim.allowed == rows.HELD) == (claim.quote == claim.text)
    assert len({sample.answer for sample in made if sample}) > 3


@pytest.mark.parametrize(("says", "label"), [("nothing", "not asserted"), ("contrary", "wrong"), ("claim", "hit")])
def test_a_framed_claim_is_labelled_by_what_its_framing_says(says: str, label: str) -> None:
    for seed in range(9):
        made = spoil("framed", seed=seed, says=says)
        assert made and "They say " in made.answer
        for claim, was in zip(made.claims, CLAIMS, strict=True):
            if claim.quote and claim.quote.startswith("They say "):
                wanted = rows.only_label(label)
                assert claim.allowed == (wanted if claim.job == "point" or says == "claim" else rows.NOT_HELD)
                assert claim.quote in made.answer, "and no other framing stands within it"
            elif SAID.split(". ")[0] in made.answer:
                assert claim == was, "what the answer makes is left alone"
            else:
                assert claim.allowed in (spoilt.MISSED, rows.NOT_HELD)


def test_an_answer_taken_back_asserts_nothing() -> None:
    back = spoilt.whole_framed(SAMPLE, {"text": "{answer} I made that up.", "says": "nothing"})
    assert back.answer == f"{SAID} I made that up."
    assert [claim.allowed for claim in back.claims] == [spoilt.UNSAID, spoilt.MISSED, rows.NOT_HELD]
    assert spoilt.whole_framed(SAMPLE, {"text": "{answer} I mean it.", "says": "claim"}).claims == CLAIMS


def test_an_answer_with_every_claim_made_has_none_to_frame() -> None:
    made = [spoil("framed", SAMPLE._replace(claims=CLAIMS[:1]), seed) for seed in range(9)]
    assert None in made and all(SAID.split(". ")[0] not in sample.answer for sample in made if sample), "but a bare framing may name it"


def test_a_claim_turned_round_is_labelled_by_what_its_own_label_says_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {claim.text: reworded.Reworded((f"same {n}", f"still {n}"), f"opposite {n}") for n, claim in enumerate(CLAIMS)}
    monkeypatch.setattr(reworded, "reworded", lambda: named)
    half = SAMPLE._replace(claims=(*CLAIMS, CLAIMS[0]._replace(allowed=rows.only_label("partial"), mark=0.5)))
    made = [claim for seed in range(60) for claim in zip(half.claims, reworded.reword(half, random.Random(seed)).claims, strict=True)]
    turned = {(was.job, was.allowed): now for was, now in made if now.text.startswith("opposite")}
    hit, missed, partial = (turned["point", rows.only_label(name)] for name in ("hit", "missed", "partial"))
    assert hit.allowed == rows.only_label("wrong") and hit.mark == 0 and hit.quote == CLAIMS[0].quote
    assert missed.allowed == rows.only_label("missed") and partial.allowed == (0, 1, 1, 1, 0) and partial.mark is None
    assert ("misconception", rows.NOT_HELD) not in turned, "who does not hold it need not say what is true"
    same = [(was, now) for was, now in made if now.text.startswith(("same", "still"))]
    assert same and all(now.allowed == was.allowed and now.quote == was.quote for was, now in same)
    assert any(now == was for was, now in made), "some stay as they are"


def test_the_reworded_claims_are_those_of_train() -> None:
    held = {text for question in corpus.bank().questions() if question.id in corpus.held_out() for text in corpus.claims(question).values()}
    found = reworded.reworded()
    assert len(found) > 1000 and not set(found) & held
    for claim, other in found.items():
        assert len({claim, *other.same, other.opposite}) == 2 + len(other.same) and len(other.same) == 2, claim
        assert all(4 <= len(text.split()) <= 40 for text in (*other.same, other.opposite)), claim


def test_a_verdict_does_not_depend_on_the_other_claims(tokenizer: Tokenizer) -> None:
    """On a small network with weights drawn by chance; the mask makes it so for any."""
    torch = pytest.importorskip("torch", reason="NOT RUN: what trains (training/README.md)")
    import network

    rng = np.random.default_rng(0)
    wide, size = network.HIDDEN, 4 * network.HIDDEN
    shapes = {"attention.self.query": (wide, wide), "attention.self.key": (wide, wide), "attention.self.value": (wide, wide),
              "attention.output.dense": (wide, wide), "intermediate.dense": (size, wide), "output.dense": (wide, size)}  # fmt: skip
    held = {f"encoder.layer.0.{name}.weight": rng.normal(0, 0.05, shape) for name, shape in shapes.items()}
    held |= {f"encoder.layer.0.{name}.bias": np.zeros(shape[0]) for name, shape in shapes.items()}
    for name in ("embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.output.LayerNorm"):
        held |= {f"{name}.weight": np.ones(wide), f"{name}.bias": np.zeros(wide)}
    for name, count in (("word", 30522), ("position", 512), ("token_type", 2)):
        held[f"embeddings.{name}_embeddings.weight"] = rng.normal(0, 0.5, (count, wide))
    torch.manual_seed(0)
    net = network.Network({name: value.astype(np.float32) for name, value in held.items()}, layers=1).eval()
    one = rows.make_row(tokenizer, SAMPLE._replace(claims=CLAIMS[:1]))
    three, longer = (rows.make_row(tokenizer, SAMPLE._replace(answer=said)) for said in (SAID, SAID * 3))
    changed = rows.make_row(tokenizer, SAMPLE._replace(answer=SAID.replace("all", "none of"), claims=CLAIMS[:1]))
    with torch.no_grad():
        alone, among, other = (net(network.batch_of(batch)).labels for batch in ([one], [three, longer], [changed]))
    assert torch.allclose(alone[0], among[0], atol=1e-5) and not torch.allclose(alone[0], other[0], atol=1e-5)
