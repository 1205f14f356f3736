"""The lab *masking*: personal data found by rules in texts that were marked by hand, with the misses counted; the same values replaced by
surrogates that can be turned back with a key kept apart; the texts sorted by sensitivity; and what is left when every name is gone.

The rules are ``personal.py``, the texts ``personal.json``. Three words have a second meaning here. *Masking* removes a value; masked-token
training hides words to learn from them. *Tokenization* replaces a value by a surrogate; a model's tokenizer cuts text into pieces.
*Tagging* sorts data by how sensitive they are; labels for training are another thing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from greenroom.errors import InputError, TooLargeError
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Series, Source, Table, Values
from greenroom.labs.parameter import switch, text, whole
from greenroom.labs.personal import FILE, KINDS, Find, find_all
from greenroom.labs.shares import COLUMNS, Share
from greenroom.labs.shown import cell

MARKED = re.compile(r"\{(\w+)\|([^}]*)\}")
LEVELS = ("public", "internal", "personal", "special")
TITLES = {"name": "names", "email": "mail addresses", "phone": "telephone numbers", "iban": "bank accounts", "card": "card numbers",
          "address": "street addresses", "ip": "network addresses", "birth": "dates of birth"}  # fmt: skip
MOST = 60
"""Texts of one's own."""
SEEN = "+44 20 7946 0"
"""The telephone number whose hash is turned back: of the last three digits there are a thousand."""

CARD = Card(
    name="masking",
    title="Masking, surrogates, and what is left",
    topics=("ethics",),
    about="Thirty short texts in which a person marked what is personal. Rules (patterns, check sums, a list of forty first names) look "
    "for the same: what they miss and what they take by mistake is counted. Then the values found are replaced by surrogates, with the "
    "key kept apart, and the texts are sorted by sensitivity. Give texts of your own to see what is found in them. The counts hold for "
    "these texts, which were written to be awkward, and for these rules.",
    parameters=(
        text("texts", "Your own texts, one a line", "", 6000, "Empty: the shipped ones, with counts. In yours {name|Anna Berg} marks "
        "one.", lines=6),
        switch("names", "Look for names", True, "By a list of first names."),
        switch("checked", "Use the check sums", True, "Without: each pattern counts as found."),
        whole("seed", "Seed of the key", 0, (0, 2**31 - 1), "A real key is random and is kept apart."),
    ),
    expects=(
        Expect(
            id="misses",
            see="A good part is found, and a part is missed: a name that is not on the list, a number written in words, a mistyped "
            "account.",
            falsified_by="Nothing is missed, or more than half.",
            settles=("ethics/mask-personal-data", "training-data-leaks/mask-and-measure", "training-data-leaks/scrubbed-is-clean"),
        ),
        Expect(
            id="sums",
            see="A check sum takes away false alarms: without it order and part numbers are taken for cards. It has its price: a mistyped "
            "account number fails the sum and stays in the text.",
            falsified_by="Without the sums there are no more false alarms, or none more is found.",
        ),
        Expect(
            id="surrogates",
            see="Surrogates can be turned back with the key, to the letter, and the same value has the same surrogate, so that records "
            "can still be joined.",
            falsified_by="A text does not come back, or one value has two surrogates.",
            settles=("ethics/surrogate-tokens", "training-data-leaks/surrogate-vault", "training-data-leaks/consistent-surrogates"),
        ),
        Expect(
            id="hash",
            see="A bare hash is no surrogate: there are few telephone numbers, so all are hashed and looked up. With a secret key in the "
            "hash that fails.",
            falsified_by="The number is not found from its hash, or it is found from the one with a key.",
            settles=("training-data-leaks/surrogate-vault",),
        ),
        Expect(
            id="left",
            see="With every name gone people are still single: in 24 records of postcode, year of birth and sex many have no double.",
            falsified_by="Fewer than a quarter of the records are single.",
            settles=("ethics/names-masked-is-anonymous",),
        ),
        Expect(
            id="tags",
            see="Sorting by rules gets most texts right and leaves some that are special in a lower class: a hint is no pattern.",
            falsified_by="Fewer than half are right, or no text is sorted too low.",
            settles=("ethics/sensitivity-tags",),
        ),
    ),
    examples=(
        Example(title="Without check sums", set={"checked": False}),
        Example(title="Without names", set={"names": False}),
        Example(title="A text of your own", set={"texts": "Mail Anna Berg at anna@home.example.\nKonto DE89 3704 0044 0532 0130 00"}),
    ),
    sources=(
        Source(title="Sweeney 2000, Simple Demographics Often Identify People Uniquely", url="https://dataprivacylab.org/projects/identifiability/"),
        Source(title="Lukas et al. 2023, Analyzing Leakage of Personally Identifiable Information", url="https://arxiv.org/abs/2302.00539"),
        Source(title="GDPR, Articles 4(5) and 9", url="https://eur-lex.europa.eu/eli/reg/2016/679/oj"),
    ),
    seconds=60,
    megabytes=512,
)  # fmt: skip


class Marked(NamedTuple):
    """A text without its marks; ``truth``: what a person marked; ``level``: its sensitivity, "" where nobody said."""

    text: str
    truth: tuple[Find, ...]
    level: str


class Masking:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        some = given(values) or shipped()
        kinds = tuple(kind for kind in KINDS if kind != "name" or values.yes("names"))
        found = [find_all(each.text, kinds, checked=values.yes("checked")) for each in some]
        if any(each.truth for each in some):
            yield counts_part(some, found)
            yield counts_table(some, found)
        key = f"greenroom {values.whole('seed')}".encode()
        masked = [replaced(each.text, finds, key) for each, finds in zip(some, found, strict=True)]
        yield texts_part(some, found, masked)
        yield vault_part(masked)
        if any(each.level for each in some):
            yield levels_part(some, found)
        yield records_part()
        yield from findings(some, found, masked, key)


# --- What is given ---


def read(line: str, level: str = "") -> Marked:
    """A line with its marks taken out."""
    text, truth, end = "", list[Find](), 0
    for mark in MARKED.finditer(line):
        text += line[end : mark.start()]
        truth.append(Find(mark[1], len(text), len(text) + len(mark[2])))
        text, end = text + mark[2], mark.end()
    return Marked(text + line[end:], tuple(truth), level)


@cache
def _file() -> dict:  # type: ignore[type-arg]
    found: dict = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))  # type: ignore[type-arg]
    return found


def shipped() -> list[Marked]:
    return [read(line, level) for line, level in _file()["texts"]]


def given(values: Values) -> list[Marked]:
    """Raises TooLargeError for too many, InputError for a mark of a kind that the rules do not know: it would be in no row."""
    found = [read(line) for line in values.text("texts").split("\n") if line.strip()]
    if len(found) > MOST:
        raise TooLargeError(f"There are {len(found)} texts; this lab takes at most {MOST}.", "Leave some lines out.")
    strange = [f.kind for each in found for f in each.truth if f.kind not in KINDS]
    if strange:
        raise InputError(f"“{strange[0][:40]}” is no kind of personal data here.", f"Mark one of: {', '.join(KINDS)}.")
    return found


# --- The counts ---


def matched(truth: Sequence[Find], found: Sequence[Find]) -> tuple[list[Find], list[Find], list[Find]]:
    """(found, missed, false alarms). A value counts as found when the rules cover all of it, whatever they took it for: what is masked
    is masked. A find that touches nothing marked is a false alarm."""
    hit = [each for each in truth if any(f.start <= each.start and each.end <= f.end for f in found)]
    alarms = [f for f in found if not any(f.start < each.end and each.start < f.end for each in truth)]
    return hit, [each for each in truth if each not in hit], alarms


def counted(some: Sequence[Marked], found: Sequence[Sequence[Find]]) -> dict[str, tuple[Share, Share]]:
    """By kind, and "all": recall (of what is marked, found) and precision (of what was taken, rightly: it touches a mark). Recall goes by
    the kind that was marked, precision by what the rules took it for."""
    hits, there, taken, alarms = (Counter[str]() for _ in range(4))
    for each, finds in zip(some, found, strict=True):
        hit, _, false = matched(each.truth, finds)
        hits.update(f.kind for f in hit)
        there.update(f.kind for f in each.truth)
        taken.update(f.kind for f in finds)
        alarms.update(f.kind for f in false)
    rows = {
        kind: (Share(hits[kind], there[kind]), Share(taken[kind] - alarms[kind], taken[kind]))
        for kind in KINDS
        if there[kind] or taken[kind]
    }
    recall, precision = Share(hits.total(), there.total()), Share(taken.total() - alarms.total(), taken.total())
    return rows | {"all": (recall, precision)}


# --- Surrogates ---


class Masked(NamedTuple):
    """``text`` with surrogates; ``vault``: the value of each. Kept apart it is the only way back."""

    text: str
    vault: dict[str, str]

    def back(self) -> str:
        return re.sub(r"<[a-z]+-[0-9a-f]{8}>", lambda found: self.vault.get(found[0], found[0]), self.text)


def surrogate(kind: str, value: str, key: bytes) -> str:
    """From the value and the key by HMAC-SHA-256 (RFC 2104): the same value gives the same; without the key it cannot be made."""
    return f"<{kind}-{hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:8]}>"


def replaced(text: str, found: Sequence[Find], key: bytes) -> Masked:
    vault, out, end = dict[str, str](), "", 0
    for each in found:
        name = surrogate(each.kind, each.of(text), key)
        vault[name] = each.of(text)
        out, end = out + text[end : each.start] + name, each.end
    return Masked(out + text[end:], vault)


def numbers() -> Iterator[str]:
    """All telephone numbers of a range, as somebody who has a hash would try them."""
    return (f"{SEEN}{n:03d}" for n in range(1000))


def unhashed(digest: str, key: bytes = b"") -> str | None:
    """The number of this hash, by trying all. ``key``: as guessed; the real one is not known."""
    for each in numbers():
        if hashed(each, key) == digest:
            return each
    return None


def hashed(value: str, key: bytes = b"") -> str:
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest() if key else hashlib.sha256(value.encode()).hexdigest()


# --- Sensitivity ---


def level_of(text: str, found: Sequence[Find]) -> str:
    """By rules: words that stand for special data, personal data found, words of the house."""
    said = text.casefold()
    if any(word in said for word in _file()["special_words"]):
        return "special"
    if found:
        return "personal"
    return "internal" if any(word in said for word in _file()["internal_words"]) else "public"


def single(records: Sequence[Sequence[object]], columns: int) -> Share:
    """How many records have no double in their first columns."""
    counts = Counter(tuple(each[:columns]) for each in records)
    return Share(sum(counts[tuple(each[:columns])] == 1 for each in records), len(records))


# --- What is shown ---


def counts_part(some: Sequence[Marked], found: Sequence[Sequence[Find]]) -> Picture:
    rows = counted(some, found)
    recall, precision = rows["all"]
    return Picture(
        name="counts", title="Found, and rightly taken", chart="bars", label="Kind", unit="%",
        labels=tuple(TITLES.get(kind, kind) for kind in rows),
        series=(
            Series(title="Of what is there, found (recall)", values=tuple(one.percent for one, _ in rows.values())),
            Series(title="Of what was taken, rightly (precision)", values=tuple(two.percent for _, two in rows.values())),
        ),
        says=f"Found {recall} of what a person marked; {precision} of what was taken was rightly taken.",
    )  # fmt: skip


def counts_table(some: Sequence[Marked], found: Sequence[Sequence[Find]]) -> Table:
    rows = tuple((TITLES.get(kind, kind), *one.cells, two.of - two.cases) for kind, (one, two) in counted(some, found).items())
    columns = ("Kind", "Found", *COLUMNS[1:], "False alarms")
    note = (
        "A value counts as found when all of it is covered, whatever it was taken for; a false alarm touches nothing that was marked and "
        "is counted under what it was taken for. Intervals after Wilson."
    )
    return Table(name="kinds", title="By kind", columns=columns, rows=rows, note=note)


def texts_part(some: Sequence[Marked], found: Sequence[Sequence[Find]], masked: Sequence[Masked]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each, finds, after in zip(some, found, masked, strict=True):
        _, missed, alarms = matched(each.truth, finds)
        shown = tuple(cell(", ".join(f.of(each.text) for f in those)) or None for those in (missed, alarms))
        rows.append((cell(each.text), cell(after.text), *(shown if any(e.truth for e in some) else ())))
    extra = ("Missed", "Taken by mistake") if any(e.truth for e in some) else ()
    return Table(name="texts", title="Every text", columns=("Text", "With surrogates", *extra), rows=tuple(rows))


def vault_part(masked: Sequence[Masked]) -> Table:
    vault = {name: value for each in masked for name, value in each.vault.items()}
    rows = tuple((name, cell(value)) for name, value in sorted(vault.items()))[:200]
    note = "In use this table, or the key that made it, lies elsewhere, under its own guard: with it the data are personal data again."
    return Table(name="vault", title="What is kept apart", columns=("Surrogate", "Value"), rows=rows, note=note)


def levels_part(some: Sequence[Marked], found: Sequence[Sequence[Find]]) -> Picture:
    pairs = Counter((each.level, level_of(each.text, finds)) for each, finds in zip(some, found, strict=True))
    right = sum(count for (one, two), count in pairs.items() if one == two)
    return Picture(
        name="levels", title="Sensitivity: by a person, and by the rules", chart="heat", label="A person says", across="The rules "
        "say", unit="texts",
        labels=LEVELS,
        series=tuple(Series(title=level, values=tuple(pairs[each, level] for each in LEVELS)) for level in LEVELS),
        says=f"{right} of {len(some)} texts are sorted as a person did.",
    )  # fmt: skip


def records_part() -> Picture:
    records, names = _file()["records"], ("postcode", "postcode, year of birth", "postcode, year of birth, sex")
    shares = [single(records, n) for n in (1, 2, 3)]
    return Picture(
        name="single", title="Without any name: records that have no double", chart="bars", label="Known of each", unit="%", labels=names,
        series=(Series(title="Single", values=tuple(each.percent for each in shares)),),
        says=f"Of {len(records)} records {shares[2].cases} are single by postcode, year and sex.",
        note="Invented records of a small place. Whoever knows these three of a neighbour finds the row.",
    )  # fmt: skip


# --- What is found ---


def findings(some: Sequence[Marked], found: Sequence[Sequence[Find]], masked: Sequence[Masked], key: bytes) -> Iterator[Finding]:
    yield _misses(some, found)
    yield _sums(some)
    back = all(each.back() == text.text for each, text in zip(masked, some, strict=True))
    vault = {(name, value) for each in masked for name, value in each.vault.items()}
    two = len({name for name, _ in vault}) == len({value for _, value in vault})
    told = f"{len(masked)} texts, {len(vault)} values: {'all came back' if back else 'some did not come back'}."
    yield Finding(id="surrogates", held=(back and two) if vault else None, found=told)
    number = f"{SEEN}958"
    bare, keyed = unhashed(hashed(number)), unhashed(hashed(number, key))
    told = (
        f"From the hash of a number, trying all 1,000 of its range: {bare or 'not found'}. With a key in the hash: {keyed or 'not found'}."
    )
    yield Finding(id="hash", held=bare == number and keyed is None, found=told)
    left = single(_file()["records"], 3)
    yield Finding(id="left", held=4 * left.cases >= left.of, found=f"Single by postcode, year of birth and sex: {left}.")
    yield _tags(some, found)


def _misses(some: Sequence[Marked], found: Sequence[Sequence[Find]]) -> Finding:
    if not any(each.truth for each in some):
        return Finding(id="misses", held=None, found="Nobody marked what is personal in these texts.")
    recall, precision = counted(some, found)["all"]
    missed = [f.of(each.text) for each, finds in zip(some, found, strict=True) for f in matched(each.truth, finds)[1]]
    told = f"Found {recall}. Missed: {'; '.join(missed[:6]) or 'nothing'}. Of what was taken, {precision} rightly."
    return Finding(id="misses", held=0 < recall.of - recall.cases <= recall.of / 2, found=told[:2000])


def _sums(some: Sequence[Marked]) -> Finding:
    if not any(each.truth for each in some):
        return Finding(id="sums", held=None, found="Nobody marked what is personal in these texts.")
    (recall, precision), (loose, taken) = (
        counted(some, [find_all(each.text, checked=checked) for each in some])["all"] for checked in (True, False)
    )
    alarms, more = precision.of - precision.cases, taken.of - taken.cases
    told = f"With the sums {alarms} false alarms and {recall.cases} found, without them {more} and {loose.cases}."
    return Finding(id="sums", held=more > alarms and loose.cases > recall.cases, found=told)


def _tags(some: Sequence[Marked], found: Sequence[Sequence[Find]]) -> Finding:
    pairs = [(LEVELS.index(e.level), LEVELS.index(level_of(e.text, f))) for e, f in zip(some, found, strict=True) if e.level]
    if not pairs:
        return Finding(id="tags", held=None, found="Nobody sorted these texts.")
    right, low = Share(sum(a == b for a, b in pairs), len(pairs)), sum(a == 3 and b < 3 for a, b in pairs)
    told = f"As a person did: {right}. Of {sum(a == 3 for a, _ in pairs)} special texts {low} {'is' if low == 1 else 'are'} sorted too low."
    return Finding(id="tags", held=2 * right.cases >= right.of and low > 0, found=told)
