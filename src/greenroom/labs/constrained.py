"""The lab *constrained*: a form filled in by the live model, its output bound to a JSON schema by a mask, beside the same output unbound.

The schema is read by ``schema.py``; the mask, which tokens may come next, is ``mask.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from greenroom.errors import InputError
from greenroom.labs.lab import (
    Bench,
    Card,
    Cell,
    Example,
    Expect,
    Finding,
    Likely,
    Part,
    Picture,
    Progress,
    Series,
    Source,
    Table,
    Token,
    Tokens,
    Values,
)  # fmt: skip
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import number, text, whole
from greenroom.labs.schema import Field, is_lost, read_object, read_schema, shown
from greenroom.labs.shown import piece, prompt, written

if TYPE_CHECKING:
    from greenroom.labs.mask import Bound
    from greenroom.labs.writing import Text

FORM, MUCH = "The form", "How much"
ODDS, EVERY = 4, 6
LITTLE, MUCH_MASS = 0.01, 0.5
"""Of the probability at a step: next to nothing, and most of it."""
UNKNOWN = {"", "-", "n/a", "na", "none", "null", "unknown", "not given", "not provided", "not specified"}
"""What may stand where the message says nothing."""
MESSAGE = "Hello, this is Maria Lopez. Could we have a table for four on Friday evening? We are bringing our dog. Thank you!"
SCHEMA = """{"type": "object", "properties": {
"name": {"type": "string", "maxLength": 30},
"guests": {"type": "integer"},
"day": {"enum": ["Friday", "Saturday", "Sunday"]},
"dog": {"type": "boolean"},
"phone": {"type": "string", "maxLength": 20}}}"""
TRUTH = '{"name": "Maria Lopez", "guests": 4, "day": "Friday", "dog": true, "phone": null}'

CARD = Card(
    name="constrained",
    title="Bound to a schema",
    topics=("generation", "hci", "future"),
    about="The model is asked to fill in a form from a message and to answer with JSON only. Once it writes freely, once a mask takes "
    "away, at every step, the tokens after which the text could no longer become valid by the schema. The model, the prompt and the "
    "dice are the same. What was written is then held against the schema, and against what the message says.",
    parameters=(
        text("message", "The message", MESSAGE, 600, group=FORM, lines=3),
        text(
            "schema",
            "The form, as a JSON schema",
            SCHEMA,
            1200,
            "Strings, enums of them, numbers, integers, booleans.",
            group=FORM,
            lines=8,
        ),
        text("truth", "What the message says", TRUTH, 600, "By field; null: it says nothing. Empty: not compared.", group=FORM, lines=2),
        number("temperature", "Temperature", 0.7, (0, 2), "Of the drawn outputs.", group=MUCH),
        whole("samples", "Drawn outputs of each kind", 3, (1, 10), group=MUCH),
        whole("tokens", "Tokens at most", 72, (8, 96), group=MUCH),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "The same seed writes the same.", group=MUCH),
    ),
    expects=(
        Expect(
            id="valid",
            see="With the mask every output that came to its end is valid by the schema, whatever was drawn. Without it some are not, "
            "although the prompt asks for it.",
            falsified_by="A finished output with the mask is not valid, or all outputs without it are.",
            settles=("decoding-parameters/masks", "generation/settings-by-task", "future/legacy", "hci/intent-to-action"),
        ),
        Expect(
            id="greedy",
            see="Temperature 0 is no guarantee: without the mask the likeliest text is not valid either.",
            falsified_by="It is valid as it stands.",
            settles=("decoding-parameters/json-by-temperature-zero",),
        ),
        Expect(
            id="mass",
            see="What the mask takes away is uneven: next to nothing where the model keeps to the form by itself, most of the probability "
            "where it would have left it.",
            falsified_by=f"It takes away less than {LITTLE:.0%} at fewer than a quarter of the steps, or never more than {MUCH_MASS:.0%}.",
            settles=("decoding-parameters/masks",),
        ),
        Expect(
            id="content",
            see="Valid is not true: some valid output says what the message does not say. A required field about which it says nothing "
            "is filled all the same.",
            falsified_by="Every valid output says what the message says.",
            settles=("decoding-parameters/schema-means-correct", "generation/plausible-not-true"),
        ),
        Expect(
            id="cut",
            see="The mask cannot close what is cut off: an output that meets the limit of tokens is not valid.",
            falsified_by="One that met the limit is valid.",
            settles=("decoding-parameters/masks",),
            set={"tokens": 16, "samples": 2},
        ),
    ),
    examples=(
        Example(title="Hot", set={"temperature": 1.5}),
        Example(
            title="A complaint, sorted",
            set={
                "message": "My washing machine leaks. I bought it three weeks ago and I want my money back.",
                "schema": '{"type": "object", "properties": {"product": {"type": "string", "maxLength": 30}, "wants": {"enum": '
                '["repair", "refund", "advice"]}, "weeks": {"type": "number"}, "angry": {"type": "boolean"}}}',
                "truth": '{"product": "washing machine", "wants": "refund", "weeks": 3}',
            },
        ),
    ),
    sources=(
        Source(
            title="Willard and Louf 2023, Efficient Guided Generation for Large Language Models", url="https://arxiv.org/abs/2307.09702"
        ),
        Source(title="JSON Schema: a media type for describing JSON documents", url="https://json-schema.org/specification"),
    ),
    seconds=300,
    megabytes=3000,
)


class Output(NamedTuple):
    """A text beside what can be said of it. ``value``: the object that it is, if it is valid; ``inside``: the one that lies between its
    first and its last brace; ``wrong``: fields of either that do not say what the message says; ``cut``: it met the limit of tokens, and
    ``lost``: it could not have become valid after it."""

    title: str
    bound: bool
    drawn: bool
    text: str
    value: dict[str, Any] | None
    inside: dict[str, Any] | None
    wrong: tuple[str, ...]
    cut: bool
    lost: bool = False


class Constrained:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        yield form_part(read_schema(values.text("schema")), read_truth(values))
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        from greenroom.labs.writing import Branches, write

        fields, truth = read_schema(values.text("schema")), read_truth(values)
        ids, most = prompt(model, asked(values), "chat" if model.tokenizer.answers else "raw"), values.whole("tokens")
        yield Progress(says="Reading the prompt", share=0.05)
        branches = Branches(model.transformer, ids)
        free, bound = _texts(values, model, fields)
        for done in write(branches, [*free, *bound], most, model.tokenizer.stops):
            if done % EVERY == 0 or done == 1:
                yield mass_part(model, bound[0])
                yield Progress(says=f"Token {done} of {most}, of all outputs", share=0.1 + 0.85 * done / most)
        yield mass_part(model, bound[0])
        outputs = [output(model, each, n, fields, truth) for some in (free, bound) for n, each in enumerate(some)]
        yield valid_part(outputs, compared=bool(truth))
        yield outputs_part(outputs, compared=bool(truth))
        yield steps_part(model, bound[0])
        yield from findings(outputs, [share for each in bound for share in each.removed], compared=bool(truth))


def asked(values: Values) -> str:
    """What the model is asked."""
    return (
        "Fill in the form from the message. Answer with JSON only, by this schema:\n"
        f"{values.text('schema')}\n\nMessage: {values.text('message')}"
    )


def read_truth(values: Values) -> dict[str, Any]:
    """What the message says, by field. Raises InputError for what is no such thing."""
    said = values.text("truth").strip()
    try:
        found = json.loads(said) if said else {}
    except (ValueError, RecursionError):
        found = None
    known = {field.name for field in read_schema(values.text("schema"))}
    if not isinstance(found, dict) or not set(found) <= known:
        raise InputError("What the message says is no JSON object with fields of the form.", f"Fields: {', '.join(sorted(known))}.")
    return found


def _texts(values: Values, model: Model, fields: Sequence[Field]) -> tuple[list[Text], list[Bound]]:
    """Of either kind the greedy text first, then the drawn ones. The n-th of both throw the same dice."""
    from greenroom.labs.mask import Bound, Machine, Mask
    from greenroom.labs.sampling import Rules
    from greenroom.labs.writing import texts

    rules, mask = Rules(temperature=values.number("temperature")), Mask(Machine(fields), model.tokenizer, model.tokenizer.stops)
    free = [*texts(Rules(temperature=0), 1, values.whole("seed")), *texts(rules, values.whole("samples"), values.whole("seed"))]
    again = [*texts(Rules(temperature=0), 1, values.whole("seed")), *texts(rules, values.whole("samples"), values.whole("seed"))]
    return free, [Bound(each.rules, each.dice, ODDS, mask=mask) for each in again]


def output(model: Model, found: Text, n: int, fields: Sequence[Field], truth: dict[str, Any]) -> Output:
    from greenroom.labs.mask import Bound

    said = model.tokenizer.decode(found.tokens)
    bound, cut = isinstance(found, Bound), found.ended is None
    value = read_object(fields, said)
    inside = read_object(fields, said[said.find("{") : said.rfind("}") + 1])
    best = value or inside or {}
    title = f"{'with' if bound else 'without'} the mask, {f'drawn {n}' if n else 'likeliest'}"
    wrong = tuple(name for name, true in truth.items() if name in best and not says(best[name], true))
    return Output(title, bound, n > 0, written(model, found.tokens), value, inside, wrong, cut, cut and is_lost(fields, said))


def says(value: Any, true: Any) -> bool:
    """Whether a field says what is true; None: that nothing is known of it."""
    if true is None:
        return value is None or (isinstance(value, str) and value.strip().casefold() in UNKNOWN)
    if isinstance(value, str) and isinstance(true, str):
        return value.strip().casefold() == true.strip().casefold()
    return isinstance(value, bool) == isinstance(true, bool) and bool(value == true)


# --- What is shown ---


def form_part(fields: Sequence[Field], truth: dict[str, Any]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, kind in shown(fields):
        true = None if name not in truth else "nothing" if truth[name] is None else json.dumps(truth[name], ensure_ascii=False)
        rows.append((name, kind[:500], None if true is None else true[:500]))
    note = "All fields have to be there. The mask has them written in this order."
    return Table(name="form", title="The form", columns=("Field", "What may stand in it", "The message says"), rows=tuple(rows), note=note)


def mass_part(model: Model, found: Bound) -> Tokens:
    """The likeliest text with the mask: for each token, how much of the probability was taken away before it was chosen."""
    tokens = []
    for step, removed in zip(found.steps, found.removed, strict=True):
        others = tuple(Likely(text=piece(model, token), value=100 * p) for token, p in step.others)
        tokens.append(Token(text=piece(model, step.token), value=100 * removed, others=others))
    most = max(range(len(tokens)), key=lambda n: found.removed[n])
    before = "".join(each.text for each in tokens[:most])[-20:].strip() or "nothing"
    says = f"Most after “{before}”: {found.removed[most]:.0%}; there the model would have written “{wanted(model, found, most)}”."
    return Tokens(
        name="mass", title="What the mask took away, token by token", label="Taken away", says=says, tokens=tuple(tokens),
        note="Of the likeliest text with the mask. Beside each token: what the model itself held likeliest at its place, allowed or not.",
    )  # fmt: skip


def wanted(model: Model, found: Bound, n: int) -> str:
    """What the model would have written at a step, for the eye."""
    return piece(model, found.steps[n].others[0][0]).replace("\n", "⏎").strip(" ") or "␣"


def valid_part(outputs: Sequence[Output], *, compared: bool) -> Picture:
    groups = {
        f"{'With' if bound else 'Without'} the mask, {'drawn' if drawn else 'likeliest'}": [
            each for each in outputs if (each.bound, each.drawn) == (bound, drawn)
        ]
        for bound in (False, True)
        for drawn in (False, True)
    }
    kinds = [("Valid as it stands", _valid), ("Valid between its first and last brace", _inside), ("Valid, and true", _true)]
    series = tuple(
        Series(title=title, values=tuple(100 * sum(map(holds, some)) / len(some) for some in groups.values()))
        for title, holds in kinds[: 3 if compared else 2]
    )
    counted = "; ".join(f"{name.lower()}: {sum(map(_valid, some))} of {len(some)} valid" for name, some in groups.items())
    return Picture(
        name="valid", title="Valid, and true", chart="bars", label="Outputs", unit="%", labels=tuple(groups), series=series,
        says=f"{counted}.",
    )  # fmt: skip


def _valid(each: Output) -> bool:
    return each.value is not None


def _settled(each: Output) -> bool:
    """It came to its end, or could not have become valid; of any other that was cut off nobody knows."""
    return not each.cut or each.lost


def _inside(each: Output) -> bool:
    return each.value is not None or each.inside is not None


def _true(each: Output) -> bool:
    return each.value is not None and not each.wrong


def outputs_part(outputs: Sequence[Output], *, compared: bool) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in outputs:
        valid = "yes" if _valid(each) else "cut off" if each.cut else "inside" if _inside(each) else "no"
        wrong = (", ".join(each.wrong) or ("none" if _inside(each) else None),) if compared else ()
        rows.append((each.title, each.text, valid, *wrong))
    columns = ("Output", "What was written", "Valid", *(("Not what the message says",) if compared else ()))
    note = "Inside: not valid as it stands, valid between its first and its last brace. The n-th drawn outputs threw the same dice."
    return Table(name="outputs", title="All outputs", columns=columns, rows=tuple(rows), note=note)


def steps_part(model: Model, found: Bound) -> Table:
    order = sorted(range(len(found.steps)), key=lambda n: -found.removed[n])[:12]
    rows: list[tuple[Cell, ...]] = []
    for n in sorted(order):
        step, mark = found.steps[n], piece(model, found.steps[n].token).replace("\n", "⏎")
        rows.append((n + 1, wanted(model, found, n), 100 * step.others[0][1], mark, step.kept, 100 * found.removed[n]))
    columns = ("Step", "The model would have written", "With, %", "The mask let it write", "Tokens left", "Taken away, %")
    return Table(name="steps", title="Where the mask took away most", columns=columns, rows=tuple(rows))


# --- What is found ---


def findings(outputs: Sequence[Output], removed: Sequence[float], *, compared: bool) -> Iterator[Finding]:
    yield _keeps(outputs)
    greedy = next(each for each in outputs if not each.bound and not each.drawn)
    begins = f"It begins “{greedy.text[:60]}”" + (", and met the limit of tokens." if greedy.cut else ".")
    told = (
        ("It is valid. " if _valid(greedy) else "It is not valid. ") if _settled(greedy) else "It was cut off before that could be told. "
    )
    yield Finding(id="greedy", held=not _valid(greedy) if _settled(greedy) else None, found=told + begins)
    little, much = sum(p < LITTLE for p in removed), sum(p > MUCH_MASS for p in removed)
    says = (
        f"Of {len(removed)} steps with the mask {little} lost less than {LITTLE:.0%}, {much} more than {MUCH_MASS:.0%}; on average "
        f"{sum(removed) / len(removed):.0%}."
    )
    yield Finding(id="mass", held=little >= len(removed) / 4 and much > 0, found=says)
    yield _content(outputs) if compared else Finding(id="content", held=None, found="What the message says was not given.")
    yield _cut(outputs)


def _keeps(outputs: Sequence[Output]) -> Finding:
    ended, free = [each for each in outputs if each.bound and not each.cut], [e for e in outputs if not e.bound and _settled(e)]
    says = (
        f"With the mask {sum(map(_valid, ended))} of {len(ended)} that came to their end are valid; without it {sum(map(_valid, free))} of "
        f"{len(free)}, and {sum(map(_inside, free))} if what stands around the braces is cut away."
    )
    return Finding(id="valid", held=all(map(_valid, ended)) and not all(map(_valid, free)) if ended and free else None, found=says)


def _content(outputs: Sequence[Output]) -> Finding:
    good = [each for each in outputs if _valid(each)]
    if not good:
        return Finding(id="content", held=None, found="No output is valid.")
    bad = [each for each in good if each.wrong]
    first = f" The first: {bad[0].text[:200]}, where not so: {', '.join(bad[0].wrong)}." if bad else ""
    return Finding(id="content", held=bool(bad), found=f"{len(bad)} of {len(good)} valid outputs say what the message does not say.{first}")


def _cut(outputs: Sequence[Output]) -> Finding:
    cut = [each for each in outputs if each.bound and each.cut]
    if not cut:
        return Finding(id="cut", held=None, found="None met the limit: lower it.")
    found = sum(map(_valid, cut))
    return Finding(id="cut", held=found == 0, found=f"{len(cut)} with the mask met the limit; {found} of them are valid.")
