"""Every regular expression under src/greenroom: where it is written, how it is used, and how its time grows with the text.

As a program it prints the slow ones as JSON. It is one of its own so that each module is imported while ``re.compile`` is watched, and so
that a pattern which hangs can be stopped.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import signal
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

SRC = Path(__file__).parents[2] / "src"
METHODS = {"match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"}
SHORT, LONG, OFTEN = 1_000, 100_000, 4
"""Characters for a first look and for the whole; how many times as many for a second look."""
NOTICED, TELLING, GROWN, SECONDS = 0.0003, 0.003, 2.2 * OFTEN, 3.0
"""A first look that takes longer is followed by a second, which tells something from so long on: linear it is OFTEN times as long,
quadratic the square of that. The longest for LONG characters.
"""
UNITS = (
    " ", "\t", "\n", "a", "A", "1", "a ", "A ", "1,", ", ", ".", "-", "_", "/", '"', "'", "“", "(", "[", "<", "`", ". ", "\n\n ", "a\n",
    "a-1", "é ", "://", "!", "?!", "\u200b",
)  # fmt: skip
BOUNDED = {
    "llm/denials.py _AFTER_COMMA": 80, "llm/denials.py _SHORT_CLAUSE": 80,  # searched for in the last NEAR characters before a match
    "web/language/sentences.py pattern_of": 2_000,  # sentences.LONGEST
}  # fmt: skip
"""Not linear, and never shown more characters than these."""
USED = {"web/language/sentences.py pattern_of": "fullmatch"}
"""How a pattern without a name of its own is used."""
PLAIN = {
    "assess/manner/fit.py _told", "bank/search.py _term", "labs/driving.py grammar", "labs/facts.py _answer", "labs/facts.py judge",
    "labs/rulebook.py holds", "labs/seeing.py _holds", "labs/tokenizer.py chat", "llm/openai.py _learn",
}  # fmt: skip
"""Made when they are used, of words of ours or escaped ones without any repeat, between fixed ends."""


class Written(NamedTuple):
    """A pattern and its place: its file, and its name or the function it stands in. ``ways``: the methods it is used by."""

    place: str
    pattern: re.Pattern[Any]
    ways: frozenset[str]


def time_of(found: re.Pattern[Any], way: str, text: Any) -> float:
    """Raises TimeoutError, where ``stop`` is the handler of the timer."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    start = time.thread_time()  # another program may have the processor meanwhile
    try:
        if way == "finditer":
            deque(found.finditer(text), 0)
        else:
            getattr(found, way)(text)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.thread_time() - start


def stop(*_: object) -> None:
    raise TimeoutError


def units_of(found: re.Pattern[Any]) -> list[str]:
    """What a hostile text would repeat: common signs, and what the pattern itself names, alone and with signs after it."""
    source = found.pattern if isinstance(found.pattern, str) else found.pattern.decode("latin-1")
    own = list(dict.fromkeys(_literals(_parser.parse(source, found.flags & re.VERBOSE))))
    return list(dict.fromkeys((*UNITS, *own[:8], *(f"{each}{sign}" for each in own[:4] for sign in (" ", ",")))))


def _literals(parsed: Any) -> Iterator[str]:
    run = ""
    for kind, value in parsed:
        if str(kind) == "LITERAL":
            run += chr(value)
            continue
        if run:
            yield run
        run = ""
        for part in value if isinstance(value, tuple | list) else (value,):
            for each in part if isinstance(part, list) else (part,):
                if isinstance(each, _parser.SubPattern):
                    yield from _literals(each)
                elif isinstance(each, tuple) and str(each[0]) == "LITERAL":
                    yield chr(each[1])
    if run:
        yield run


def texts_of(found: re.Pattern[Any], unit: str, length: int) -> Iterator[Any]:
    """To the end, and broken off before it."""
    for text in (unit * (length // len(unit)), unit * (length // len(unit)) + "\x00!x"):
        yield text.encode("utf-8", "replace") if isinstance(found.pattern, bytes) else text


def slow(written: Written) -> str:
    """How it is slow, or nothing: by its growth from SHORT, then by the text that took longest, at full length or at the bound."""
    place, found, ways = written
    bound = BOUNDED.get(place, LONG)
    worst: tuple[float, str, str] = (-1.0, "", "")
    way = unit = ""
    try:
        for way in sorted(ways):
            for unit in units_of(found):
                for text, longer in zip(*(texts_of(found, unit, min(length, bound)) for length in (SHORT, OFTEN * SHORT)), strict=True):
                    worst = max(worst, (took := time_of(found, way, text), way, unit))
                    if took > NOTICED and place not in BOUNDED and (said := _grows(found, way, text, longer)):
                        return f"{place}: {way} of {unit!r} over and over: {said}"
        _, way, unit = worst
        for text in texts_of(found, unit, bound):
            time_of(found, way, text)
    except TimeoutError:
        return f"{place}: {way} of {unit!r} over and over: more than {SECONDS} s"
    return ""


def _grows(found: re.Pattern[Any], way: str, text: Any, longer: Any) -> str:
    """The least of several."""
    grown = min(time_of(found, way, longer) for _ in range(3))
    took = min(time_of(found, way, text) for _ in range(4))
    return f"{took * 1000:.1f} ms, {OFTEN} times as long {grown * 1000:.1f} ms" if grown > max(TELLING, GROWN * took) else ""


class Call(NamedTuple):
    """``re.…(…)`` in the source. ``name``: what its pattern is called; ``inside``: the function it stands in."""

    node: ast.Call
    name: str
    inside: str


def calls(tree: ast.AST, inside: str = "") -> Iterator[Call]:
    names = dict(_named(tree))
    for node in ast.iter_child_nodes(tree):
        within = node.name if isinstance(node, ast.FunctionDef) else inside
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and ast.unparse(called.value) == "re" and called.attr in METHODS | {"compile"}:
            yield Call(node, "", within)
        yield from (each._replace(name=each.name or names.get(id(each.node), "")) for each in calls(node, within))


def _named(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The calls in what a name is given, several at once too."""
    if not isinstance(tree, ast.Module):
        return
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            for name, value in zip(target.elts, node.value.elts, strict=True) if several else [(target, node.value)]:
                yield from ((id(each), ast.unparse(name)) for each in ast.walk(value))


def used_by(trees: dict[Path, ast.Module]) -> dict[str, set[str]]:
    """Of each name, the methods of patterns that are called on it anywhere."""
    found: dict[str, set[str]] = defaultdict(set)
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                found[ast.unparse(node.value).rsplit(".", 1)[-1]].add(node.attr)
    return found


def ways_of(methods: set[str]) -> frozenset[str]:
    """What goes through a whole text is tried as ``finditer``, which searches from each place; nothing known is the same."""
    plain = {each if each in ("match", "fullmatch", "search") else "finditer" for each in methods} or {"finditer"}
    return frozenset(plain - {"search"} if "finditer" in plain else plain)


def every() -> tuple[list[Written], list[str]]:
    """All patterns, and the places of those that could not be had."""
    made: dict[tuple[str, int], list[re.Pattern[Any]]] = defaultdict(list)
    plain = re.compile

    def watched(pattern: Any, flags: Any = 0) -> re.Pattern[Any]:
        frame, found = sys._getframe(1), plain(pattern, flags)
        made[frame.f_code.co_filename, frame.f_lineno].append(found)
        return found

    re.compile = watched  # type: ignore[assignment]
    files = [path for path in sorted((SRC / "greenroom").rglob("*.py")) if path.stem != "__main__" and "migrations" not in path.parts]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    modules = {path: module for path in files if (module := _imported(path)) is not None}
    from greenroom.prep.lexicon import pattern_of
    from greenroom.web.language.sentences import templates

    pattern_of(["RAG", "fine tuning", "a b c", "vllm"]), templates()
    re.compile = plain  # type: ignore[assignment]
    found, missing, methods = [], [], used_by(trees)
    for path in files:
        for node, name, inside in calls(trees[path]):
            place = f"{path.relative_to(SRC / 'greenroom').as_posix()} {name or inside}"
            patterns = _evaluated(node, vars(modules[path])) if path in modules else []
            if not patterns:
                patterns = [each for line in range(node.lineno, (node.end_lineno or 0) + 1) for each in made[str(path), line]]
            assert isinstance(node.func, ast.Attribute)
            known = {USED[place]} if place in USED else methods[name]
            ways = ways_of(known if node.func.attr == "compile" else {node.func.attr})
            found += [Written(place, each, ways) for each in patterns]
            missing += [] if patterns else [place]
    return list({(each.pattern, each.ways): each for each in found}.values()), missing


def _imported(path: Path) -> Any:
    parts = path.relative_to(SRC).with_suffix("").parts
    try:
        return importlib.import_module(".".join(parts).removesuffix(".__init__"))
    except ModuleNotFoundError:  # an extra that is not installed
        return None


def _evaluated(node: ast.Call, known: dict[str, Any]) -> list[re.Pattern[Any]]:
    """A pattern that is written where it is used."""
    try:
        pattern = eval(compile(ast.Expression(node.args[0]), "pattern", "eval"), dict(known))
        given = [ast.unparse(each) for each in (*node.args[1:], *(each.value for each in node.keywords if each.arg == "flags"))]
        flags = sum({getattr(re, name) for each in given if each.startswith("re.") for name in re.findall(r"re\.([A-Z]+)", each)})
        return [re.compile(pattern, flags)]
    except (NameError, TypeError):
        return []


if __name__ == "__main__":
    signal.signal(signal.SIGVTALRM, stop)
    everything, lost = every()
    print(json.dumps({"count": len(everything), "missing": lost, "slow": [said for each in everything if (said := slow(each))]}))
