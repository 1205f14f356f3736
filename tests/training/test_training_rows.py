"""An answer and its claims in one row: what stands where, and what sees what."""

from __future__ import annotations

import corpus
import numpy as np
import pytest
import rows
import small
from tokenizers import Tokenizer

from greenroom.llm.weights import WEIGHTS

ASKED, SAID = "Why is attention used?", "Each word looks at all the others. It was invented in 2014, and nothing is added up."
CLAIMS = (
    rows.Claim("Every position gathers information from others.", "point", (1, 0, 0, 0, 0), "Each word looks at all the others."),
    rows.Claim("The weights sum to one.", "point", (0, 0, 1, 0, 0)),
    rows.Claim("Attention was invented in 2017.", "misconception", rows.NOT_HELD),
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    made = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made


def test_a_quote_becomes_the_tokens_that_say_it(tokenizer: Tokenizer) -> None:
    row = rows.make_row(tokenizer, ASKED, SAID, CLAIMS)
    start, end = row.spans[0] or (0, 0)
    assert tokenizer.decode(row.ids[start : end + 1]) == "each word looks at all the others."
    assert row.spans[1:] == [None, None]
    assert tokenizer.decode(row.ids[slice(*row.answer)]).startswith("each word") and row.answer[1] <= row.group.index(1)


def test_every_claim_begins_anew_and_has_a_group_of_its_own(tokenizer: Tokenizer) -> None:
    row = rows.make_row(tokenizer, ASKED, SAID, CLAIMS)
    assert [row.group[at] for at in row.first] == [1, 2, 3] and [row.places[at] for at in row.first] == [0, 0, 0]
    assert all(row.ids[at] == rows.CLS for at in row.first)
    assert min(row.places[: row.first[0]]) == rows.ANSWER_FROM > max(row.places[row.first[0] :])


def test_what_is_too_long_is_cut_and_its_quote_with_it(tokenizer: Tokenizer) -> None:
    late = rows.Claim("It ends well.", "point", (1, 0, 0, 0, 0), "The end is good.")
    row = rows.make_row(tokenizer, ASKED, "word " * 500 + "The end is good.", (late,))
    assert row.answer[1] - row.answer[0] == rows.ANSWER_TOKENS and row.spans == [None]
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


def test_answers_to_packs_become_rows(tokenizer: Tokenizer) -> None:
    answers = small.read("packs", "train")
    found = rows.pack_rows(tokenizer, answers)
    assert len(found) == len(answers) and {len(row.claims) for row in found} == {3}
    assert any(row.spans[0] for row in found)


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
    one, three = (rows.make_row(tokenizer, ASKED, SAID, claims) for claims in (CLAIMS[:1], CLAIMS))
    longer = rows.make_row(tokenizer, ASKED, SAID * 3, CLAIMS)
    changed = rows.make_row(tokenizer, ASKED, SAID.replace("all", "none of"), CLAIMS[:1])
    with torch.no_grad():
        alone, among, other = (net(network.batch_of(batch)).labels for batch in ([one], [three, longer], [changed]))
    assert torch.allclose(alone[0], among[0], atol=1e-5) and not torch.allclose(alone[0], other[0], atol=1e-5)
