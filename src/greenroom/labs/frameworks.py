"""The lab *frameworks*: the same weights in greenroom's numpy, in transformers on torch and in llama.cpp. Whether they write the same, how
fast they read and write, what memory they take, what each lets one see.

Each side is a process of its own (``engines.py``, ``engine_sides.py``), all live at once and take turns, so that whatever else runs
on the machine falls on all of them. What is shown and found is ``compared.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from greenroom.errors import InputError, LabError, TooLargeError
from greenroom.labs.compared import (
    Course,
    Ran,
    findings,
    memory_part,
    parted_part,
    places_part,
    sees_part,
    sides_part,
    speed_part,
    texts_part,
    times_part,
)
from greenroom.labs.engines import CONTROL, LLAMA, NUMPY, SECONDS, TORCH, Engine, Kind
from greenroom.labs.lab import Bench, Card, Example, Expect, Part, Progress, Source, Values
from greenroom.labs.parameter import switch, text, whole
from greenroom.labs.shown import PROMPT_TOKENS, cell
from greenroom.labs.unpacked import unpacked

if TYPE_CHECKING:
    from greenroom.labs.tokenizer import Tokenizer
    from greenroom.labs.transformer import Shape

KINDS = (NUMPY, TORCH, LLAMA, CONTROL)
PROMPT = "The old lighthouse keeper climbed the stairs and"
TOKENS, FIRST, LOOKED, PASSES = 160, 8, 24, 24
"""Most tokens of the text, of its shortest beginning, of what is looked into, and tokens written to take the time."""

CARD = Card(
    name="frameworks",
    title="The same weights in three frameworks",
    topics=("robustness", "applications"),
    about="One model file in greenroom's own numpy, in transformers on torch and in llama.cpp, each in a process of its own with as many "
    "threads. numpy and transformers compute in fp32 with the weights unpacked, the same numbers; llama.cpp computes with the file as it "
    "is packed, mostly 4 bits a weight, and rounds what goes through its matrices to 8 bits; keys and values it keeps in 16 bits, whatever "
    "the file. As a control it also gets a file with the weights unpacked, so that what comes of the packing and what of the engine can be "
    "told apart. All get the same token numbers, so neither tokenizer nor template can differ, and always the likeliest token is taken, so "
    "no sampler can: what is left is the arithmetic. One request at a time on a processor: servers for many users and graphics cards are "
    "not seen here. transformers and llama.cpp are optional; without them the lab runs with the rest and says how to get them. Times are "
    "this machine's and differ from run to run.",
    parameters=(
        text("prompt", "Prompt", PROMPT, 400, "What is written on.", lines=2),
        whole("tokens", "Tokens to write", 48, (16, 96)),
        text("text", "Text that is read", "", 1000, "160 tokens at most. Empty: a shipped text.", lines=3),
        whole("rounds", "Rounds of taking times", 3, (0, 9), "The sides take turns. 0: no times are taken."),
        switch("control", "llama.cpp also with the weights unpacked", True, "Writes a file with four bytes a weight, and removes it."),
    ),
    expects=(
        Expect(
            id="same",
            see="The same weights in the same precision are the same model: numpy and transformers write the same tokens, and at every "
            "place the same token is the likeliest. Their log-probabilities differ by less than a thousandth, for sums in fp32 hang on "
            "the order of adding.",
            falsified_by="A token is another one, or a log-probability is a thousandth or more apart.",
            settles=("choosing-a-framework/find-the-difference",),
        ),
        Expect(
            id="near",
            see="In llama.cpp the same weights give near numbers and not the same: at more than 85 in 100 places the same token is the "
            "likeliest, at some it is another, and the log-probabilities are off by more than in fp32. Another likeliest token is enough "
            "for another text.",
            falsified_by="At every place the likeliest token is the same, or at 15 in 100 and more it is not, or the log-probabilities are "
            "as near as in fp32.",
            settles=("choosing-a-framework/weights-differ", "choosing-a-framework/same-weights-same-text"),
        ),
        Expect(
            id="rounding",
            see="It is the rounding and not the engine: with the same weights unpacked llama.cpp is less than a quarter as far off.",
            falsified_by="Unpacked, the log-probabilities are a quarter as far off or more.",
            settles=("choosing-a-framework/find-the-difference",),
        ),
        Expect(
            id="order",
            see="What packing gains hangs on the work. To write a token all weights are read once, so packed weights gain; to read a "
            "prompt it is arithmetic that counts. In llama.cpp packing gains at least a quarter more in writing than in reading. Which "
            "side is the fastest in either is said and not claimed: it is this machine's.",
            falsified_by="The gain in writing is less than 1.25 times that in reading. It is not told when "
            "the rounds disagree, or other programs took the processors.",
            settles=("quantisation/memory-bound-gain", "splitting-prefill-and-decode/same-bottleneck"),
        ),
        Expect(
            id="memory",
            see="With the packed file llama.cpp's process takes less than half of the memory that it takes with the weights unpacked.",
            falsified_by="It takes half or more.",
            settles=("small-and-on-device-models/fewer-bits",),
        ),
        Expect(
            id="sees",
            see="In numpy and in transformers every attention weight and every state between the layers can be had, the same in both, and "
            "changed on the way. A completion of llama.cpp's server tells the log-probabilities of the next token; that it has no place "
            "for these is its interface and not measured.",
            falsified_by="A count or a weight differs between the two, or nothing changes, or the server tells no log-probabilities.",
            settles=("choosing-a-framework/can-be-watched",),
        ),
    ),
    examples=(Example(title="A sum", set={"prompt": "2 + 2 = 4, 3 + 4 = 7, 5 + 4 ="}),),
    sources=(
        Source(title="llama.cpp", url="https://github.com/ggml-org/llama.cpp"),
        Source(title="transformers, Attention backends", url="https://huggingface.co/docs/transformers/main/attention_interface"),
    ),
    seconds=1800,
    megabytes=6144,
)  # fmt: skip


class Frameworks:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        from greenroom.labs.model import find_model
        from greenroom.settings import Settings

        file = find_model(Settings(home=bench.home, labs_model=bench.labs_model))
        yield from compare(values, Given(file, bench.home / "cache", bench.threads))


class Given(NamedTuple):
    """``folder``: where the unpacked file is written. ``kinds``: greenroom's own first, which cannot be missing; the control last.
    ``seconds``: for each answer of a side."""

    file: Path
    folder: Path
    threads: int
    kinds: tuple[Kind, ...] = KINDS
    seconds: float = SECONDS


def compare(values: Values, given: Given) -> Iterator[Part]:
    yield Progress(says="Opening the model's file", share=0)
    tokenizer, shape, megabytes = opened(given.file)
    prompt, read = ids_of(tokenizer, values, shape.context)
    sides = tuple(Ran(kind.title, kind.weights) for kind in given.kinds)
    course = Course(
        sides,  # type: ignore[arg-type]
        lambda ids: cell(tokenizer.decode(ids)), lambda token: tokenizer.pieces([token])[0] or "�", read, FIRST, min(LOOKED, len(read)),
        megabytes, given.threads,
    )  # fmt: skip
    if not values.yes("control"):
        sides[-1].away = "Not asked for."
    with ExitStack() as stack:
        engines: dict[str, Engine] = {}
        for n, (kind, side) in enumerate(zip(given.kinds, sides, strict=True)):
            yield Progress(says=f"Starting {kind.title}", share=0.05 + 0.08 * n)
            if kind is given.kinds[-1]:  # the same library as the side before it: where that is missing no file is written
                side.away = side.away or sides[-2].away
            _guarded(side, engines, partial(_start, side, stack, engines, kind, given))
            yield sides_part(course)
        if sides[0].away:
            raise LabError(f"greenroom's own side could not be run: {sides[0].away}")
        yield from _ask_all(values, course, engines, prompt)
    yield sides_part(course)
    yield from findings(course)


def _ask_all(values: Values, course: Course, engines: dict[str, Engine], prompt: list[int]) -> Iterator[Part]:
    rounds = values.whole("rounds")
    for n in range(rounds):
        for side in course.sides:
            yield Progress(says=f"Round {n + 1} of {rounds}: {side.title}", share=0.35 + 0.4 * n / rounds)
            _guarded(side, engines, partial(_time, side, engines, course.read_ids))
        yield times_part(course)
        if picture := speed_part(course):
            yield picture
    for n, side in enumerate(course.sides):
        yield Progress(says=f"Writing and comparing: {side.title}", share=0.75 + 0.06 * n)
        _guarded(side, engines, partial(_compare, side, engines, course, prompt, values.whole("tokens")))
        if memory := memory_part(course):
            yield memory
        yield texts_part(course)
        yield places_part(course)
        yield sees_part(course)
    if parted := parted_part(course):
        yield parted


def opened(file: Path) -> tuple[Tokenizer, Shape, float]:
    """The tokenizer, the sizes, and the megabytes of the weights in fp32, without reading these."""
    from greenroom.labs.checkpoint import open_checkpoint
    from greenroom.labs.gguf_file import GgufFile
    from greenroom.labs.tokenizer import Tokenizer

    checkpoint = open_checkpoint(file)
    found = checkpoint.file
    if isinstance(found, GgufFile):
        tokenizer = Tokenizer.from_gguf(found.fields)
    else:
        tokenizer = Tokenizer.from_folder(file if file.is_dir() else file.parent)
    return tokenizer, checkpoint.shape, 4 * sum(prod(each.shape) for each in found.tensors.values()) / 1e6


def ids_of(tokenizer: Tokenizer, values: Values, context: int) -> tuple[list[int], list[int]]:
    """Prompt and text."""
    from greenroom.labs import tuning
    from greenroom.labs.schooling import whole_text

    own = values.text("text")
    prompt = tokenizer.prompt(values.text("prompt"))
    read = tokenizer.prompt(own if own.strip() else f"{tuning.shipped().general}\n\n{whole_text().held}")
    if not own.strip():
        read = read[: min(TOKENS, context - PASSES)]
    if not prompt:
        raise InputError("There is nothing to write on.", "Write at least one word.")
    if len(read) <= FIRST:
        raise InputError(f"The text has {len(read)} tokens; this lab needs more than {FIRST}.", "Give a longer text.")
    most = min(PROMPT_TOKENS, context - values.whole("tokens"))
    for what, found, room in (("prompt", len(prompt), most), ("text", len(read), min(TOKENS, context - PASSES))):
        if found > room:
            raise TooLargeError(f"The {what} has {found:,} tokens; this lab takes at most {room}.", "Shorten it.")
    return prompt, read


def _guarded(side: Ran, engines: dict[str, Engine], work: Any) -> None:
    """A side that fails is away from then on, with the reason."""
    if side.away:
        return
    try:
        work()
    except LabError as error:
        side.away = f"Could not be run. {error.message} {error.hint}"[:480]
        engines.pop(side.title, None)


def _start(side: Ran, stack: ExitStack, engines: dict[str, Engine], kind: Kind, given: Given) -> None:
    with ExitStack() as meanwhile:
        file = meanwhile.enter_context(unpacked(given.file, given.folder)) if kind is given.kinds[-1] else given.file
        engine = stack.enter_context(Engine(kind, file, given.threads, given.seconds))
        said = engine.ask(None)
    engines[side.title] = engine
    side.version, side.imports, side.load, side.before = (said[key] for key in ("version", "imports", "load", "before"))


def _time(side: Ran, engines: dict[str, Engine], ids: list[int]) -> None:
    engine = engines[side.title]
    side.reads.append(len(ids) / engine.ask("read", ids=ids))
    had = engine.had
    side.writes.append((PASSES - 1) / engine.ask("write", ids=ids, most=PASSES))
    side.had.append(min(had, engine.had))


def _compare(side: Ran, engines: dict[str, Engine], course: Course, prompt: list[int], tokens: int) -> None:
    engine = engines[side.title]
    side.greedy = engine.ask("greedy", ids=prompt, most=tokens)
    side.memory = engine.ask("memory")
    side.likeliest = engine.ask("likeliest", ids=course.read_ids, first=course.first)
    side.sees = engine.ask("sees", ids=course.read_ids[: course.looked])
