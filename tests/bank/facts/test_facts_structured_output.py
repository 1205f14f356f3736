"""The figures and claims of the question on structured output, computed."""

import functools
import json
import re

import numpy as np
import pytest
from pydantic import BaseModel, NonNegativeInt

AMOUNTS = (*range(0, 100, 7), None)
VALID = tuple(json.dumps({"paid": paid, "sum": amount}) for paid in (True, False) for amount in AMOUNTS)  # all that a little schema allows
PIECES = """{" { " paid paid":_ ":_ :_ true fal se false,_ ,_ "sum sum null } 0 1 2 3 4 5 6 7 8 9 14 21 9} "paid Sure !_"""
VOCABULARY = [piece.replace("_", " ") for piece in PIECES.split()]  # as of a tokenizer: some end in the middle of a symbol


@functools.cache
def allowed(text):
    """Tokens after which some valid text can still be reached: the state of a grammar, spelled out."""
    return [token for token in VOCABULARY if any(whole.startswith(text + token) for whole in VALID)]


def write(rng, masked, limit=40):
    text = ""
    for _ in range(limit):
        weights = np.exp(rng.normal(size=len(VOCABULARY)))  # a model that knows nothing of JSON
        if masked:
            legal = allowed(text)
            if not legal:
                break
            weights *= [token in legal for token in VOCABULARY]
        text += VOCABULARY[rng.choice(len(VOCABULARY), p=weights / weights.sum())]
    return text


def parses(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_a_mask_by_the_state_of_the_grammar_leaves_only_valid_text():
    rng = np.random.default_rng(0)
    texts = [write(rng, masked=True) for _ in range(60)]
    assert all(text in VALID for text in texts) and len(set(texts)) > 10
    assert not any(parses(write(rng, masked=False)) for _ in range(60))
    assert sum(parses(write(rng, masked=True, limit=4)) for _ in range(50)) < 10  # cut off by a limit, mostly not even JSON


def test_masking_step_by_step_is_not_choosing_among_the_valid():
    """The model prefers to begin with a, after which it would hardly ever end well."""
    begins, ends_well = np.array([0.9, 0.1]), np.array([0.05, 1.0])
    among_valid = begins * ends_well / (begins * ends_well).sum()
    rng = np.random.default_rng(1)
    first = rng.choice(2, 200_000, p=begins)  # both beginnings are allowed, so the mask changes nothing here
    assert (first == 0).mean() == pytest.approx(0.9, abs=0.005)
    whole = first[rng.random(200_000) < ends_well[first]]  # drawn freely, the valid ones kept
    assert (whole == 0).mean() == pytest.approx(among_valid[0], abs=0.01)
    assert among_valid[0] == pytest.approx(0.31, abs=0.005)


def test_without_a_way_out_the_field_is_filled_all_the_same():
    logits = np.log(np.array([0.9, 0.06, 0.03, 0.01]))  # null, and three dates that stand nowhere in the document

    def share_invented(null_is_allowed):
        kept = logits if null_is_allowed else np.where(np.arange(4) == 0, -np.inf, logits)
        p = np.exp(kept - kept.max())
        return (p / p.sum())[1:].sum()

    assert share_invented(True) == pytest.approx(0.1)
    assert share_invented(False) == 1.0


def close(text):
    """The usual repair: drop what is unfinished and close the brackets."""
    return re.sub(r",?\s*\{[^{}]*$", "", text) + "]}"


def test_a_repaired_list_parses_and_has_lost_items():
    items = [{"name": f"item {n}", "price": n} for n in range(40)]
    cut = json.dumps({"items": items})[:900]
    assert not parses(cut)
    repaired = json.loads(close(cut))["items"]
    assert repaired == items[: len(repaired)] and 20 < len(repaired) < 35  # nothing says that some are missing


def test_retries_leave_what_fails_for_a_reason():
    rng = np.random.default_rng(2)
    stubborn = rng.random(200_000) < 0.04
    failed = [stubborn | (rng.random(200_000) < 0.1) for _ in range(3)]
    assert failed[0].mean() == pytest.approx(0.136, abs=0.003)
    assert np.logical_and.reduce(failed).mean() == pytest.approx(0.041, abs=0.002)


def test_indents_and_long_names_are_paid_for():
    names = {"invoiceIdentificationNumber": "id", "totalAmountInclusiveOfTax": "total", "dateOfInvoiceIssuance": "date"}
    record = dict(zip(names, ("4711", 12.5, "2026-11-02"), strict=True))
    pretty = json.dumps({"invoices": [record] * 20}, indent=4)
    short = json.dumps({"invoices": [{names[key]: value for key, value in record.items()}] * 20}, separators=(",", ":"))
    assert len(short) / len(pretty) == pytest.approx(0.28, abs=0.005)
    back = [{key: row[name] for key, name in names.items()} for row in json.loads(short)["invoices"]]
    assert back == json.loads(pretty)["invoices"]  # and nothing is lost


class Invoice(BaseModel):
    positions: tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt]
    total: NonNegativeInt


def test_a_sum_finds_what_the_schema_lets_pass():
    """Each of the four amounts of an invoice is read wrong one time in twenty, as another amount."""
    rng = np.random.default_rng(3)
    true = rng.integers(100, 10_000, (5000, 3))
    true = np.column_stack([true, true.sum(axis=1)])
    misread = rng.random(true.shape) < 0.05
    read = np.where(misread, rng.integers(100, 10_000, true.shape), true)
    invoices = [Invoice.model_validate_json(json.dumps({"positions": row[:3], "total": row[3]})) for row in read.tolist()]  # all pass
    wrong = (read != true).any(axis=1)
    flagged = np.array([sum(invoice.positions) != invoice.total for invoice in invoices])
    assert wrong.mean() == pytest.approx(0.185, abs=0.015)
    assert flagged[wrong].mean() > 0.99 and not flagged[~wrong].any()
