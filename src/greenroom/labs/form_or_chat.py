"""The lab *form-or-chat*: ten scripted people book a table, by a form and by a chat in which the live model reads what they say. Turns,
misreadings, repairs and typing are counted; beside it what streaming saves and what a spoken turn has to spend, reckoned.

In the chat the model only reads: for each field, which of the allowed values becomes likeliest through the message. The turns are led by
code: it says back what was read, the person corrects one field at a time. The form is filled in without mistakes, as is the chat: people's
own slips are left out on both sides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Mark, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import number, switch, whole
from greenroom.labs.shares import Share
from greenroom.labs.shown import cell

FILE, PEOPLE = "bookings.json", 10
NOTHING = "Hello."
"""A message that says nothing of any field."""
TRIES = 2
"""So often a field is corrected before the chat gives up on it and hands over to a person."""
WORDS_A_TOKEN = 0.75
"""Of English text, roughly."""
GAP, FLOW = 200, 1000
"""Milliseconds: the usual pause between speakers; the longest wait that does not interrupt a thought."""
TALK, WAIT, VOICE = "The chat", "Waiting", "A spoken turn"

CARD = Card(
    name="form-or-chat",
    title="By form or by chat",
    topics=("hci",),
    about="Ten scripted people book a table: day, guests, hour, dog. By form they pick four values and send. By chat they write a message, "
    "the live model reads the four values from it, code says back what was read, and the person corrects what is wrong. Counted are turns, "
    "misread values, repairs and typing. Beside it, reckoned from figures you can change: what streaming saves, and where the time of a "
    "spoken turn goes. The people are scripted: how real ones fare has to be watched.",
    parameters=(
        whole("people", "People", PEOPLE, (2, PEOPLE), group=TALK),
        switch("confirm", "The chat says back what it read", True, "Without: what was misread is booked.", group=TALK),
        whole("tokens", "Tokens of an answer", 150, (10, 1000), group=WAIT),
        number("rate", "Tokens a second", 15, (1, 500), group=WAIT),
        number("first", "Until the first token", 0.6, (0, 20), group=WAIT, unit="s"),
        whole("reads", "Words read a minute", 238, (50, 600), "238: the mean of silent readers of English.", group=WAIT),
        whole("silence", "Silence until it is sure that you have finished", 600, (0, 3000), group=VOICE, unit="ms"),
        whole("hears", "Recognising the words", 300, (0, 5000), group=VOICE, unit="ms"),
        whole("sentence", "Tokens until there is something to say", 12, (1, 100), group=VOICE),
        whole("speaks", "Until the voice sounds", 250, (0, 5000), group=VOICE, unit="ms"),
        whole("net", "On the way, both ways together", 100, (0, 3000), group=VOICE, unit="ms"),
    ),
    expects=(
        Expect(
            id="turns",
            see="For four values from short lists the form needs one turn and the chat more: the model misreads some, and each has to be "
            "put right.",
            falsified_by="No value is misread.",
            settles=("hci/right-interface", "hci/chat-always-best", "hci/repair"),
        ),
        Expect(
            id="unasked",
            see="Without saying back what was read, bookings would have gone out wrong, and nobody would have known.",
            falsified_by="All bookings would have been right at once.",
            settles=("hci/no-confirmation-needed", "hci/repair", "hci/intent-to-action"),
        ),
        Expect(
            id="perfect",
            see="It is not the small model alone: with a reader that never errs the chat still takes two turns and dozens of characters, "
            "where the form takes five picks.",
            falsified_by="The perfect chat takes one turn, or no more characters than the form takes picks.",
            settles=("hci/right-interface", "hci/chat-always-best"),
        ),
        Expect(
            id="extra",
            see="What the form has no field for is lost in it: a wheelchair, an allergy. In the chat it stands in the message. That "
            "is what "
            "free words are for.",
            falsified_by="Nobody says anything that has no field.",
            settles=("hci/plain-language", "hci/better-position"),
        ),
        Expect(
            id="stream",
            see="Streaming does not write faster, and people read while it writes: the first word comes many times earlier, and the reader "
            "is done earlier by nearly the whole time of writing.",
            falsified_by="The first word comes less than three times as early, or the reader gains less than half of the waiting.",
            settles=("hci/latency", "hci/latency-is-engineering"),
        ),
        Expect(
            id="voice",
            see="A spoken turn spends its time on more than the model: the pieces, one after the other, are past the second after which a "
            "thought is interrupted, and waiting for silence is among the largest.",
            falsified_by="They fit into a second, or silence is one of the two smallest.",
            settles=("hci/latency", "hci/vehicles"),
        ),
    ),
    examples=(
        Example(title="A slow machine", set={"rate": 4, "first": 3}),
        Example(title="A fast service", set={"rate": 120, "first": 0.3, "silence": 300, "hears": 100, "speaks": 100, "net": 50}),
    ),
    sources=(
        Source(title="Brysbaert 2019, How many words do we read per minute?", url="https://doi.org/10.1016/j.jml.2019.104047"),
        Source(title="Stivers et al. 2009, Universals in turn-taking", url="https://doi.org/10.1073/pnas.0903616106"),
        Source(title="Nielsen 1993, Response times: the three limits", url="https://www.nngroup.com/articles/response-times-3-important-limits/"),
        Source(title="Zhao et al. 2021, Calibrate Before Use", url="https://arxiv.org/abs/2102.09690"),
        Source(title="Amershi et al. 2019, Guidelines for Human-AI Interaction", url="https://doi.org/10.1145/3290605.3300233"),
    ),
    seconds=300,
    megabytes=3000,
)  # fmt: skip


class Person(NamedTuple):
    says: str
    wants: dict[str, str]
    extra: str


class Field(NamedTuple):
    name: str
    asks: str
    options: tuple[str, ...]


class Talk(NamedTuple):
    """How a chat went. ``read``: the values of the first reading; ``typed``: characters by the person; ``open``: fields that were handed
    over to a person; ``lines``: what was said."""

    person: Person
    read: dict[str, str]
    turns: int
    repairs: int
    typed: int
    open: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def wrong(self) -> int:
        return sum(self.read[name] != value for name, value in self.person.wants.items())


Reader = Callable[[Sequence[tuple[str, Field]]], list[str]]
"""Of each message, the value that it says for the field."""


class FormOrChat:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        people = shipped()[1][: values.whole("people")]
        yield wait_part(values)
        yield voice_part(values)
        talks = list[Talk]()
        read = reader(model)
        for done, person in enumerate(people, 1):
            talks.append(talk(person, read, confirm=values.yes("confirm")))
            yield Progress(says=f"Person {done} of {len(people)}", share=0.05 + 0.9 * done / len(people))
            yield effort_part(talks)
        perfect = [talk(person, lambda asked, person=person: [person.wants[field.name] for _, field in asked]) for person in people]  # type: ignore[misc]
        yield sums_part(talks, perfect)
        yield fields_part(talks)
        yield talks_part(talks)
        yield from findings(values, talks, perfect)


@cache
def shipped() -> tuple[tuple[Field, ...], tuple[Person, ...]]:
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    fields = tuple(Field(each["name"], each["asks"], tuple(each["options"])) for each in said["fields"])
    return fields, tuple(Person(**each) for each in said["people"])


@cache
def corrections() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))["again"]
    return found


# --- The chat ---


def reader(model: Model) -> Reader:
    """Reads by which option becomes likelier through the message than it is after none: what the model prefers anyway is taken out
    (Zhao et al. 2021, Calibrate Before Use)."""
    fields, _ = shipped()
    before = {field.name: row for field, row in zip(fields, logs(model, [(NOTHING, field) for field in fields]), strict=True)}

    def read(asked: Sequence[tuple[str, Field]]) -> list[str]:
        found = []
        for (_, field), row in zip(asked, logs(model, asked), strict=True):
            gains = {option: after - own for option, after, own in zip(field.options, row, before[field.name], strict=True)}
            found.append(max(field.options, key=lambda option: gains[option]))
        return found

    return read


def logs(model: Model, asked: Sequence[tuple[str, Field]]) -> list[list[float]]:
    """For each message and field, of each option: the logarithm of the probability that it is the answer. The message stands as a text to
    be continued: in its chat template this small model read fewer rightly."""
    from greenroom.labs.beside import ends

    prompts = [model.tokenizer.prompt(f'Message: "{said}"\nQuestion: {field.asks}\nAnswer:') for said, field in asked]
    found = zip(asked, ends(model.transformer, prompts, at_once=4), strict=True)
    return [[end.log(model.tokenizer.encode(f" {option}")) for option in field.options] for (_, field), end in found]


def talk(person: Person, read: Reader, *, confirm: bool = True) -> Talk:
    """The whole chat: the message, what was read said back, one correction after the other, the yes at the end. Each thing that the person
    writes is a turn."""
    fields, _ = shipped()
    first = dict(zip([field.name for field in fields], read([(person.says, field) for field in fields]), strict=True))
    known, lines, repairs, given_up = dict(first), [f"Person: {person.says}"], 0, list[str]()
    typed = len(person.says)
    for field in fields if confirm else ():
        tries = 0
        while known[field.name] != person.wants[field.name] and tries < TRIES:
            lines.append(f"Shop: {said_back(known)}?")
            again = corrections()[field.name].format(person.wants[field.name])
            lines.append(f"Person: {again}")
            typed, repairs, tries = typed + len(again), repairs + 1, tries + 1
            known[field.name] = read([(again, field)])[0]
        if known[field.name] != person.wants[field.name]:
            given_up.append(field.name)
    if confirm:
        last = "yes" if not given_up else "I would rather call."
        lines += [f"Shop: {said_back(known)}?", f"Person: {last}"]
        typed += len(last)
    turns = sum(line.startswith("Person") for line in lines)
    return Talk(person, first, turns, repairs, typed, tuple(given_up), tuple(lines))


def said_back(known: dict[str, str]) -> str:
    return f"{known['day']} at {known['hour']}, {known['guests']} people, dog: {known['dog']}"


# --- Waiting ---


def waits(values: Values) -> tuple[float, float, float, float]:
    """Seconds: to the first word and to the end of reading, when all is shown at once, and when it is streamed. Who reads a stream reads
    each word as soon as it is there and the one before is read."""
    tokens, rate, first = values.whole("tokens"), values.number("rate"), values.number("first")
    a_token = WORDS_A_TOKEN * 60 / values.whole("reads")
    whole = first + tokens / rate
    at = 0.0
    for n in range(1, tokens + 1):
        at = max(at, first + n / rate) + a_token
    return whole, whole + tokens * a_token, first + 1 / rate, at


def spoken(values: Values) -> dict[str, float]:
    """Milliseconds, piece by piece, until something is heard."""
    return {
        "waiting for silence": values.whole("silence"), "on the way": values.whole("net"), "recognising": values.whole("hears"),
        "first token": 1000 * values.number("first"),
        "to the end of a first sentence": 1000 * values.whole("sentence") / values.number("rate"),
        "making the voice": values.whole("speaks"),
    }  # fmt: skip


# --- What is shown ---


def wait_part(values: Values) -> Picture:
    whole, read_whole, first, read_stream = waits(values)
    return Picture(
        name="wait", title="Waiting for all of it, or streaming", chart="bars", label="Until", unit="s",
        labels=("the first word is there", "all is read"),
        series=(Series(title="Shown when whole", values=(whole, read_whole)), Series(title="Streamed", values=(first, read_stream))),
        says=f"First word after {whole:.1f} or {first:.1f} s; read after {read_whole:.1f} or {read_stream:.1f} s.",
        note=f"Reckoned: {WORDS_A_TOKEN} words a token, and a reader who never has to go back.",
    )  # fmt: skip


def voice_part(values: Values) -> Picture:
    pieces = spoken(values)
    total = sum(pieces.values())
    return Picture(
        name="voice", title="Where a spoken turn spends its time", chart="bars", label="Piece", unit="ms", labels=tuple(pieces),
        series=(Series(title="Milliseconds", values=tuple(pieces.values())),),
        marks=(Mark(title="usual pause between speakers", value=GAP), Mark(title="a thought is interrupted", value=FLOW)),
        says=f"{total:,.0f} ms one after the other. Between people it is about {GAP}, and beyond {FLOW:,} a thought is interrupted.",
        note="One after the other; a system that begins to write before the silence is over does better, and is sometimes wrong.",
    )  # fmt: skip


def effort_part(talks: Sequence[Talk]) -> Picture:
    return Picture(
        name="effort", title="Turns until the talk is over", chart="bars", label="Person", unit="", 
        labels=tuple(str(n) for n in range(1, len(talks) + 1)),
        series=(Series(title="Form", values=(1,) * len(talks)), Series(title="Chat", values=tuple(each.turns for each in talks))),
        says=f"Chat: {sum(each.turns for each in talks) / len(talks):.1f} turns on average, {sum(each.repairs for each in talks)} repairs.",
    )  # fmt: skip


def sums_part(talks: Sequence[Talk], perfect: Sequence[Talk]) -> Table:
    fields, n = len(shipped()[0]), len(talks)
    rows: list[tuple[Cell, ...]] = [("Form", 1, 0, 0, f"{fields + 1} picks", sum(bool(each.person.extra) for each in talks))]
    for title, some in (("Chat, the live model reads", talks), ("Chat, a reader that never errs", perfect)):
        typed = f"{sum(each.typed for each in some) / n:.0f} characters"
        rows.append((title, sum(e.turns for e in some) / n, sum(e.repairs for e in some), sum(bool(e.open) for e in some), typed, 0))
    columns = ("Way", "Turns a person", "Repairs", "Handed over to a person", "Typed a person", "Things said that have no field, lost")
    note = "The form is a list of days, of numbers, of hours, a box for the dog, and a button. It has no box for remarks."
    return Table(name="sums", title="By form and by chat", columns=columns, rows=tuple(rows), note=note)


def fields_part(talks: Sequence[Talk]) -> Picture:
    fields, _ = shipped()
    shares = {f.name: Share(sum(each.read[f.name] == each.person.wants[f.name] for each in talks), len(talks)) for f in fields}
    return Picture(
        name="fields", title="Read rightly from the first message", chart="bars", label="Field", unit="%", labels=tuple(shares),
        series=(
            Series(title="The live model", values=tuple(each.percent for each in shares.values())),
            Series(title="By chance", values=tuple(100 / len(f.options) for f in fields)),
        ),
        says="; ".join(f"{name} {share}" for name, share in shares.items()) + ".",
    )  # fmt: skip


def talks_part(talks: Sequence[Talk]) -> Table:
    rows = tuple((str(n), cell(" / ".join(each.lines)), each.turns, ", ".join(each.open) or None) for n, each in enumerate(talks, 1))
    return Table(name="talks", title="The chats", columns=("No.", "What was said", "Turns", "Given up"), rows=rows)


# --- What is found ---


def findings(values: Values, talks: Sequence[Talk], perfect: Sequence[Talk]) -> Iterator[Finding]:
    fields = len(shipped()[0])
    read = Share(sum(fields - each.wrong for each in talks), fields * len(talks))
    told = (
        f"Read rightly from the message: {read} of the values. Turns a person: {sum(e.turns for e in talks) / len(talks):.1f}, by form 1."
    )
    asked = values.yes("confirm")
    yield Finding(id="turns", held=read.cases < read.of if asked else None, found=told if asked else f"{told} Nothing was said back.")
    wrong = Share(sum(each.wrong > 0 for each in talks), len(talks))
    yield Finding(id="unasked", held=wrong.cases > 0, found=f"With something wrong in them, had nobody asked: {wrong} of the bookings.")
    turns, typed = (sum(getattr(each, name) for each in perfect) / len(perfect) for name in ("turns", "typed"))
    told = f"Read without an error: {turns:.1f} turns and {typed:.0f} characters a person; the form takes {fields + 1} picks."
    yield Finding(id="perfect", held=turns >= 2 and typed > fields + 1, found=told)
    extras = [each.person.extra for each in talks if each.person.extra]
    told = f"{len(extras)} of {len(talks)} say such a thing: {'; '.join(extras) or '—'}."
    yield Finding(id="extra", held=bool(extras), found=told)
    whole, read_whole, first, read_stream = waits(values)
    told = f"First word after {first:.1f} instead of {whole:.1f} s, read after {read_stream:.1f} instead of {read_whole:.1f} s."
    yield Finding(id="stream", held=whole >= 3 * first and read_whole - read_stream >= (whole - first) / 2, found=told)
    pieces = spoken(values)
    total, order = sum(pieces.values()), sorted(pieces, key=lambda name: -pieces[name])
    told = f"{total:,.0f} ms: {', '.join(f'{name} {pieces[name]:.0f}' for name in order)}."
    yield Finding(id="voice", held=total > FLOW and "waiting for silence" not in order[-2:], found=told)
