"""Text into the tokens of a model and back, by the vocabulary that the model's own file carries, built on the ``tokenizers`` library.

Byte-pair encoding: the text is cut into words (the *pre-tokenizer*: a rule of each model), each word into its bytes, and neighbours are
joined as long as the model's list of *merges*, in its order, knows their pair. How a text is cut decides what a model sees: SmolLM2 cuts
numbers into digits (``Digits``, then ``ByteLevel``), and a GGUF whose rule is not known here is refused rather than read wrongly.

Text of people is text: ``<|im_end|>`` in it becomes the letters, never the mark that ends a turn. Only a chat template sets marks. Not
protected: a hostile file's template may take long; it runs in Jinja's sandbox and, in the labs, in a process that has a clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers
from tokenizers import Tokenizer as Engine

from greenroom.errors import InputError, ModelFileError, TooLargeError
from greenroom.labs.safetensors_file import JSON_LIMIT, read_json

LONGEST, LONGEST_TEMPLATE = 200_000, 100_000
ENDS = ("<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "</s>")
"""Marks that end a text or a turn in the models of the family, beside the one that a file names."""
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
"""Types of tokens in a GGUF file."""
LLAMA3 = (  # as Meta published it
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
WORDS: Mapping[str, Any] = {
    "smollm": lambda: [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)],
    "gpt-2": lambda: [pre_tokenizers.ByteLevel(add_prefix_space=False)],
    "llama-bpe": lambda: [
        pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ],
}
"""How a text is cut into words, by the name that the file gives the rule (``tokenizer.ggml.pre``)."""


class Message(NamedTuple):
    """A turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


class Definition(NamedTuple):
    """What a file says of its tokenizer. ``marks``: the text of each mark and its number. ``begin``: set before every text, or None."""

    engine: Engine
    marks: Mapping[str, int]
    template: str | None
    begin: int | None
    stops: frozenset[int]


class Tokenizer:
    """Made by ``from_gguf`` or ``from_folder``. Threads may share one."""

    def __init__(self, definition: Definition) -> None:
        self.marks, self.stops, self.begin = definition.marks, definition.stops, definition.begin
        self._template = definition.template
        self._marked = definition.engine
        self._plain = Engine.from_str(definition.engine.to_str())
        self._plain.encode_special_tokens = True  # marks in a text are letters
        self.size: int = self._plain.get_vocab_size()

    @classmethod
    def from_gguf(cls, fields: Mapping[str, Any]) -> Tokenizer:
        """Raises ModelFileError."""
        return cls(_define(fields))

    @classmethod
    def from_folder(cls, folder: Path) -> Tokenizer:
        """By tokenizer.json and tokenizer_config.json. Raises ModelFileError."""
        return cls(_read_folder(folder))

    def encode(self, text: str, *, marks: bool = False) -> list[int]:
        """The tokens of a text. ``marks``: whether ``<|im_start|>`` and its like in it are marks; for text of our own only.

        Raises TooLargeError.
        """
        if len(text) > LONGEST:
            raise TooLargeError(f"The text is longer than {LONGEST:,} characters.", "Shorten it.")
        engine = self._marked if marks else self._plain
        found: list[int] = engine.encode(_sound(text), add_special_tokens=False).ids
        return found

    def prompt(self, text: str) -> list[int]:
        """The tokens of a text to be continued, with the mark before it if the model wants one."""
        return [*([] if self.begin is None else [self.begin]), *self.encode(text)]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the tokens, marks as they are written. Bytes that are no character yet are U+FFFD."""
        if ids and not 0 <= min(ids) <= max(ids) < 2**32:
            raise InputError("A token's number is not negative and below 2³².")
        found: str = self._plain.decode(ids, skip_special_tokens=False)
        return found

    def stream(self, ids: Iterable[int]) -> Iterator[str]:
        """The text as the tokens come, whole characters only."""
        seen: list[int] = []
        shown = ""
        for each in ids:
            seen.append(each)
            text = self.decode(seen)
            if not text.endswith("\ufffd"):
                yield text[len(shown) :]
                shown = text
        if rest := self.decode(seen)[len(shown) :]:
            yield rest

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """Each token by itself, for the eye: a part of a character is U+FFFD."""
        return [self.decode([each]) if "▁" not in (self._plain.id_to_token(each) or "") else self._spaced(each) for each in ids]

    def _spaced(self, token: int) -> str:
        return str(self._plain.id_to_token(token)).replace("▁", " ")

    @cached_property
    def merges(self) -> tuple[tuple[str, str], ...]:
        """The pairs that are joined, in their order, as the vocabulary writes them. Empty: this tokenizer works otherwise."""
        said = json.loads(self._plain.to_str())["model"].get("merges", ())
        return tuple((left, right) for left, right in (each.split(" ") if isinstance(each, str) else each for each in said))

    def lacks(self, text: str) -> list[str]:
        """The characters that this vocabulary has no token for and drops without a word. SmolLM2: some control characters, and those
        that take a byte which no text it was made from had."""
        return [char for char in dict.fromkeys(_sound(text)) if self.decode(self.encode(char)) != char]

    @property
    def answers(self) -> bool:
        """Whether the model has a chat template."""
        return self._template is not None

    def chat(self, messages: Sequence[Message], *, answer: bool = True) -> list[int]:
        """The tokens of a conversation by the model's own template. ``answer``: up to where the model is to speak.

        Raises ModelFileError when the model has no template, or one that fails.
        """
        if self._chat is None:
            raise ModelFileError("This model has no chat template: it continues text only.", "Give it a text to continue.")
        held: list[str] = []

        def hold(found: re.Match[str]) -> str:
            held.append(found[0])
            return f"\ue000{len(held) - 1}\ue001"

        marks = "|".join(re.escape(mark) for mark in sorted(self.marks, key=len, reverse=True))
        told = [
            {"role": turn.role, "content": re.sub(f"{marks}|[\ue000\ue001]" if marks else "[\ue000\ue001]", hold, turn.text)}
            for turn in messages
        ]
        try:
            text = self._chat.render(messages=told, add_generation_prompt=answer, **self._named)
        except Exception as error:  # a template may raise anything
            raise ModelFileError(f"The model's chat template fails: {type(error).__name__}: {str(error)[:120]}") from error
        parts = re.split("\ue000([0-9]{1,6})\ue001", text)  # text, number, text, number, …
        ids: list[int] = []
        for n, part in enumerate(parts):
            ids += self.encode(part, marks=True) if n % 2 == 0 else self.encode("".join(held[int(part) : int(part) + 1]))
        return ids

    @property
    def _named(self) -> dict[str, str]:
        by_number = {number: mark for mark, number in self.marks.items()}
        return {
            "bos_token": by_number.get(self.begin if self.begin is not None else -1, ""),
            "eos_token": by_number.get(min(self.stops, default=-1), ""),
        }

    @cached_property
    def _chat(self) -> Any:
        if self._template is None:
            return None
        from jinja2 import TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        def refuse(message: str) -> None:
            raise TemplateError(message)

        rules = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
        rules.globals["raise_exception"] = refuse
        try:
            return rules.from_string(self._template)
        except TemplateError as error:
            raise ModelFileError(f"The model's chat template cannot be read: {str(error)[:120]}") from error


# --- From a GGUF file's metadata ---


def _define(fields: Mapping[str, Any]) -> Definition:
    def said(name: str, kind: type, otherwise: Any = None) -> Any:
        value = fields.get(f"tokenizer.ggml.{name}", otherwise)
        if value is not None and type(value) is not kind:
            raise ModelFileError(f"The file's tokenizer.ggml.{name} is not what it should be.")
        return value

    tokens, types = said("tokens", list), said("token_type", list)
    if not tokens or any(type(token) is not str for token in tokens) or len(set(tokens)) != len(tokens):
        raise ModelFileError("The file has no vocabulary, or one with the same token twice.")
    types = types or [NORMAL] * len(tokens)
    if len(types) != len(tokens):
        raise ModelFileError("The file's vocabulary and the types of its tokens differ in length.")
    vocabulary = {token: number for number, token in enumerate(tokens)}
    kind = said("model", str)
    if kind == "gpt2":
        engine = _bytes(vocabulary, said("merges", list, []), said("pre", str, ""))
    elif kind == "llama":
        engine = _pieces(vocabulary, said("scores", list, []), types, said("add_space_prefix", bool, True))
    else:
        raise ModelFileError(f"The file's tokenizer is of the kind {str(kind)[:20]!r}, which is not known here.")
    marks = {token: number for token, number, type_ in zip(tokens, range(len(tokens)), types, strict=True) if type_ == CONTROL and token}
    engine.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in marks])
    named = [token for token, type_ in zip(tokens, types, strict=True) if type_ == USER_DEFINED and token]
    engine.add_tokens([AddedToken(token, special=False, normalized=False) for token in named])
    template = fields.get("tokenizer.chat_template")
    begin = said("bos_token_id", int) if said("add_bos_token", bool, kind == "llama") else None
    ends = {said(name, int) for name in ("eos_token_id", "eot_token_id")}
    return _checked(engine, marks, template, begin, ends)


def _checked(engine: Engine, marks: Mapping[str, int], template: Any, begin: int | None, ends: Iterable[int | None]) -> Definition:
    stops = frozenset({end for end in ends if end is not None} | {marks[end] for end in ENDS if end in marks})
    size = engine.get_vocab_size()
    if any(not 0 <= number < size for number in (*stops, *([] if begin is None else [begin]))):
        raise ModelFileError("The tokenizer names a mark that is not in its vocabulary.")
    if template is not None and (type(template) is not str or len(template) > LONGEST_TEMPLATE):
        raise ModelFileError("The model's chat template is no text, or a very long one.")
    return Definition(engine, marks, template, begin, stops)


def _bytes(vocabulary: dict[str, int], merges: list[Any], rule: str) -> Engine:
    """Byte-pair encoding over bytes, each written as a visible character (GPT-2's table)."""
    if rule not in WORDS:
        raise ModelFileError(f"The file cuts text into words by the rule {rule[:40]!r}, which is not known here ({', '.join(WORDS)} are).")
    pairs = [(merge[: merge.find(" ", 1)], merge[merge.find(" ", 1) + 1 :]) for merge in merges if type(merge) is str and " " in merge[1:]]
    if len(pairs) != len(merges):
        raise ModelFileError("The file's list of merges holds what is no pair.")
    engine = _engine(vocabulary, pairs, ignore_merges=rule == "llama-bpe")
    engine.pre_tokenizer = pre_tokenizers.Sequence(WORDS[rule]())
    engine.decoder = decoders.ByteLevel()
    return engine


def _pieces(vocabulary: dict[str, int], scores: list[Any], types: Sequence[int], spaced: bool) -> Engine:
    """SentencePiece's kind (Llama 2, TinyLlama, Mistral): characters, a blank written as ▁, bytes for characters it does not know. The
    merges are not in the file: any two tokens that make a third may be joined, the third's score decides the order."""
    if len(scores) != len(vocabulary):
        raise ModelFileError("The file's vocabulary and its scores differ in length.")
    pairs = []
    for whole, number in vocabulary.items():
        for cut in range(1, len(whole) if types[number] == NORMAL else 0):
            left, right = vocabulary.get(whole[:cut]), vocabulary.get(whole[cut:])
            if left is not None and right is not None:
                pairs.append((-float(scores[number]), number, left, right, whole[:cut], whole[cut:]))
    unknown = next((token for token, number in vocabulary.items() if types[number] == UNKNOWN), None)
    engine = _engine(vocabulary, [(pair[4], pair[5]) for pair in sorted(pairs)], unk_token=unknown, fuse_unk=True, byte_fallback=True)
    engine.normalizer = normalizers.Sequence([*([normalizers.Prepend("▁")] if spaced else []), normalizers.Replace(" ", "▁")])
    strip = [decoders.Strip(" ", 1, 0)] if spaced else []
    engine.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), *strip])
    return engine


def _engine(vocabulary: dict[str, int], pairs: list[tuple[str, str]], **more: Any) -> Engine:
    try:
        return Engine(models.BPE(vocabulary, pairs, **more))
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelFileError(f"The file's tokenizer cannot be built: {str(error)[:120]}") from error


# --- From a folder of the hub ---


def _read_folder(folder: Path) -> Definition:
    file = folder / "tokenizer.json"
    try:
        if file.stat().st_size > JSON_LIMIT:
            raise ModelFileError(f"{file.name} is larger than {JSON_LIMIT:,} bytes.")
        engine = Engine.from_str(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelFileError(f"{file} cannot be read: {error.strerror}.") from error
    except ModelFileError:
        raise
    except Exception as error:  # tokenizers raises bare Exception; UnicodeDecodeError
        raise ModelFileError(f"{file.name} is no tokenizer that can be read: {str(error)[:120]}") from error
    engine.no_truncation()
    engine.no_padding()
    said = read_json(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").exists() else {}
    marks = {token.content: number for number, token in engine.get_added_tokens_decoder().items() if token.special}
    begin = marks.get(_content(said.get("bos_token"))) if engine.encode("", add_special_tokens=True).ids else None
    template = said.get("chat_template")
    alone = folder / "chat_template.jinja"
    if template is None and alone.exists() and alone.stat().st_size <= 4 * LONGEST_TEMPLATE:
        template = alone.read_text(encoding="utf-8", errors="replace")
    return _checked(engine, marks, template if isinstance(template, str) else None, begin, [marks.get(_content(said.get("eos_token")))])


def _sound(text: str) -> str:
    """Half a surrogate pair is no character, and the library refuses it: ``?`` stands in for it."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _content(token: Any) -> str:
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else ""
