"""The lab *masking*: check sums against published numbers, counts against a small text counted by hand, surrogates there and back; each
finding is told otherwise by texts that break its claim. That it runs, twice the same, and that what one should see is seen at the
defaults: test_labs_shipped.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st
from labs_runs import held

from greenroom.errors import InputError
from greenroom.labs import masking, personal
from greenroom.labs.lab import Bench, Result, collect
from greenroom.labs.masking import CARD, Masking
from greenroom.labs.personal import Find, find_all


def parts(**given: Any) -> Result:
    values = CARD.read(given)
    return collect(CARD, values, list(Masking().run(values, Bench(Path(), 1))))


@pytest.mark.parametrize("number", ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "FR14 2004 1010 0505 0001 3M02 606"])
def test_published_account_numbers_hold_and_with_one_sign_changed_they_do_not(number: str) -> None:
    assert personal.iban_holds(number)
    changed = [number[:n] + str((int(c) + 1) % 10) + number[n + 1 :] for n, c in enumerate(number) if c.isdecimal()]
    assert not any(personal.iban_holds(each) for each in changed)


@pytest.mark.parametrize("number", ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005"])
def test_published_card_numbers_hold_and_with_one_digit_changed_they_do_not(number: str) -> None:
    assert personal.card_holds(number)
    changed = [number[:n] + str((int(c) + 1) % 10) + number[n + 1 :] for n, c in enumerate(number) if c.isdecimal()]
    assert not any(personal.card_holds(each) for each in changed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear Anna Berg, hello", [("name", "Anna Berg")]), ("Dear Madam", []), ("mail a.b+c@d.example.", [("email", "a.b+c@d.example")]),
        ("call +44 20 7946 0958 now", [("phone", "+44 20 7946 0958")]), ("in 2017 it took 12 hours", []),
        ("born 14.03.1986", [("birth", "14.03.1986")]), ("born 44.03.1986", []), ("from 203.0.113.42", [("ip", "203.0.113.42")]),
        ("at 12 Mill Lane, Marrow", [("address", "12 Mill Lane")]), ("card 4111 1111 1111 1111", [("card", "4111 1111 1111 1111")]),
        ("order 4000 1234 5678 9010", []),
    ],
)  # fmt: skip
def test_what_the_rules_find(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.of(text)) for each in find_all(text)] == expected


def test_counts_are_those_of_a_text_counted_by_hand() -> None:
    some = [masking.read(line) for line in ("{name|Anna Berg} and {name|Xochitl}", "Will it rain on {email|a@b.example}?")]
    assert some[0].text == "Anna Berg and Xochitl"
    rows = masking.counted(some, [find_all(each.text) for each in some])
    assert (rows["name"][0].cases, rows["name"][0].of) == (1, 2), "Anna Berg of two"
    assert (rows["name"][1].cases, rows["name"][1].of) == (1, 2), "Will was taken by mistake"
    assert (rows["all"][0].cases, rows["all"][0].of, rows["all"][1].of) == (2, 3, 3)


def test_each_find_counts_once_under_what_it_was_taken_for() -> None:
    """An address that the rules take for a name: found as an address, rightly taken as a name; and one find over two marks is one."""
    some = [masking.read("{address|Anna Road} is {name|Ann}{name|Berg}")]
    rows = masking.counted(some, [[Find("name", 0, 9), Find("phone", 13, 20)]])
    assert (rows["address"][0].cases, rows["address"][0].of, rows["address"][1].of) == (1, 1, 0)
    assert (rows["name"][0].of, rows["name"][1].cases, rows["name"][1].of) == (2, 1, 1)
    assert [(share.cases, share.of) for share in rows["all"]] == [(3, 3), (2, 2)]


def test_a_long_line_of_misses_is_cut_to_what_a_cell_may_hold() -> None:
    found = parts(texts=" and ".join("{name|Xochitl Quispe}" for _ in range(60)))
    row = next(part for part in found.parts if part.name == "texts").rows[0]  # type: ignore[union-attr]
    assert row[2].endswith("…") and row[3] is None  # type: ignore[union-attr]


@pytest.mark.parametrize(("texts", "says"), [("a line\n" * 61, "61 texts"), ("{nmae|Anna} is here", "“nmae” is no kind")])
def test_what_would_be_left_out_is_refused_with_the_cure(texts: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parts(texts=texts)
    assert caught.value.hint


def test_half_a_value_covered_is_missed_and_is_no_false_alarm() -> None:
    hit, missed, alarms = masking.matched([Find("iban", 0, 20)], [Find("phone", 5, 12)])
    assert (hit, len(missed), alarms) == ([], 1, [])


@settings(deadline=None)
@any_of(st.text(max_size=60), st.sampled_from(["Anna Berg", "a@b.example", "+44 20 7946 0958", "<name-00000000>"]), st.text(max_size=60))
def test_any_text_comes_back_from_its_surrogates(before: str, value: str, after: str) -> None:
    text = f"{before} {value} {after}"
    assert masking.replaced(text, find_all(text), b"key").back() == text


def test_the_surrogate_hangs_on_value_kind_and_key() -> None:
    one = masking.surrogate("name", "Anna", b"key")
    assert one == masking.surrogate("name", "Anna", b"key")
    assert (
        len(
            {
                one,
                masking.surrogate("name", "Ann", b"key"),
                masking.surrogate("name", "Anna", b"other"),
                masking.surrogate("ip", "Anna", b"key"),
            }
        )
        == 4
    )


def test_a_bare_hash_is_turned_back_and_one_with_a_key_only_by_who_has_it() -> None:
    number = "+44 20 7946 0123"
    assert masking.unhashed(masking.hashed(number)) == number
    assert masking.unhashed(masking.hashed(number, b"secret")) is None
    assert masking.unhashed(masking.hashed(number, b"secret"), b"secret") == number


def test_single_records_are_those_without_a_double() -> None:
    found = masking.single([("a", 1), ("a", 1), ("a", 2), ("b", 1)], 2)
    assert (found.cases, found.of) == (2, 4)
    assert masking.single([("a", 1), ("a", 2)], 1).cases == 0


# --- Each claim can be told otherwise ---


def test_texts_without_a_miss_or_of_misses_only_are_told() -> None:
    assert held(parts(texts="Dear {name|Anna Berg}, hello"))["misses"] is False
    assert held(parts(texts="{name|Xochitl} and {name|Nakamura}"))["misses"] is False
    assert held(parts(texts="nothing is marked here")) | {"hash": None, "left": None} == {
        "misses": None, "sums": None, "surrogates": None, "hash": None, "left": None, "tags": None,
    }  # fmt: skip


def test_texts_in_which_the_sums_change_nothing_are_told() -> None:
    assert held(parts(texts="{name|Anna Berg} lives here"))["sums"] is False


def test_a_lost_vault_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking.Masked, "back", lambda self: self.text)
    assert held(parts())["surrogates"] is False


def test_a_hash_that_is_not_found_and_records_with_doubles_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "numbers", lambda: iter(()))
    monkeypatch.setattr(masking, "single", lambda records, columns: masking.Share(1, 24))
    monkeypatch.setattr(masking, "level_of", lambda text, found: "special")
    found = held(parts())
    assert (found["hash"], found["left"], found["tags"]) == (False, False, False)
