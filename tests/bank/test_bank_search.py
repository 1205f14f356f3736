"""Search: what is found, in which order, what is marked; and that nothing a person types is read as a query."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from greenroom.bank.load import load_bank
from greenroom.bank.question import Question
from greenroom.bank.search import COLUMNS, FIND, Index, pieces, words_of
from greenroom.builtin import PACKS

BANK = load_bank([PACKS / "core"])
INDEX = Index(BANK.questions())


def ids(words: str, **given: object) -> list[str]:
    return [hit.question_id for hit in INDEX.search(words, **given)]  # type: ignore[arg-type]


def marked(found: tuple) -> set[str]:
    return {piece.text.lower() for piece in found if piece.marked}


def test_the_question_about_it_comes_first() -> None:
    assert ids("role of attention")[0] == "attention"
    assert ids("kv cache")[0] == "kv-cache"
    assert ids("fine-tune")[0] == "fine-tuning"


def test_a_word_of_a_form_or_a_point_finds_its_question_and_the_line_is_shown() -> None:
    question = BANK.get("attention")
    form = "Explain self-attention to a colleague who has never met it."
    (hit,) = (hit for hit in INDEX.search("explain self-attention colleague never met") if hit.question_id == question.id)
    assert (hit.place, "".join(piece.text for piece in hit.line)) == ("forms", form)
    assert marked(hit.line) == {"explain", "self", "attention", "colleague", "never", "met"}
    (hit,) = (hit for hit in INDEX.search("dot product softmax values") if hit.question_id == question.id)
    assert hit.place == "points" and {"dot", "product", "softmax"} <= marked(hit.line)


def test_every_point_form_and_question_is_found_by_its_own_words() -> None:
    for question in BANK.questions():
        texts = [question.ask, *(form.ask for form in question.forms), *(point.point for point in question.active_points)]
        named = [text for text in texts if len(text.split()) > 5]  # "Says what they changed." stands in many stories
        lost = [text for text in named if question.id not in ids(text, limit=15)]
        assert lost == [], question.id


def test_what_a_question_says_word_for_word_comes_first() -> None:
    form = "What would a language model change for the people who use our product?"  # each of its words stands in many questions
    assert ids(form)[0] == "hci" and ids(form.upper().rstrip("?"))[0] == "hci"
    assert ids("product our use who people the for change model language a would what")[0] != "hci", "control: not in this order"


def test_model_answers_are_not_searched() -> None:
    question = BANK.get("attention")
    secret = Question.model_validate({**question.model_dump(), "model_answers": {"plain": "xylophone", "technical": "zanzibar"}})
    assert Index([secret]).search("xylophone") == [] == Index([secret]).search("zanzibar")


def test_both_spellings_stems_beginnings_and_accents() -> None:
    assert ids("quantization") == ids("quantisation") != []
    assert "attention" in ids("atténtion")
    assert set(ids("tokenizer")) & set(ids("tokenizers")) and ids("halluc") != []


def test_all_words_first_and_any_of_them_where_no_question_has_all() -> None:
    assert set(ids("attention softmax", limit=200)) < set(ids("attention", limit=200))
    assert ids("what is it that attention does") == ids("attention") and ids("what is it") != []
    assert ids("attention xylophone")[0] == "attention"
    assert ids("xylophone") == []


def test_filters() -> None:
    everything = INDEX.search("model", limit=200)
    for topic in {hit.topic for hit in everything}:
        assert {hit.topic for hit in INDEX.search("model", topic=topic, limit=200)} == {topic}
    found = INDEX.search("model", topic="attention", level="foundation", limit=200)
    assert {(hit.topic, hit.level) for hit in found} == {("attention", "foundation")}
    assert ids("model", topic="nowhere") == [] and len(ids("model", limit=3)) == 3


def test_related_questions_are_of_other_topics_and_the_same_every_time() -> None:
    for question in BANK.questions():
        near = INDEX.related(question.id)
        assert all(other.topic != question.topic for other in near) and len(near) == 4
        assert near == INDEX.related(question.id)
    assert INDEX.related("nothing") == [] and Index([]).search("model") == []


HOSTILE = [
    '"', "'", '"" OR ""', "a AND", "NOT model", "NEAR(a b, 5)", "model*", "^model", "ask: model", "{ask forms}: x", "-model", "+", ")(",
    "model\x00", "\x02model\x03", "\ud800", "🙂", "'; DROP TABLE bank; --", "%", "_", "*" * 5_000, "model " * 100_000, "x" * 1_000_000,
    "a" * 64 + '"', "ｍｏｄｅｌ", "İ", "ß", "ﷺ" * 500, "\u0301" * 3_000, "", " ", "\n",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_never_raise(words: str) -> None:
    for hit in INDEX.search(words):
        assert "".join(piece.text for piece in hit.ask) == " ".join(BANK.get(hit.question_id).ask.split())


@pytest.mark.parametrize("words", ['"', "a AND", "NOT model", "ask: {"])
def test_control_read_as_a_query_they_do(words: str) -> None:
    with pytest.raises(sqlite3.Error):
        INDEX._ask(FIND, {"query": words, "topic": None, "level": None, "limit": 5})


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="\"'*^:(){}-+ANDORTE model", max_size=40))
@example("model OR")
def test_no_text_raises_and_marks_only_cut(words: str) -> None:
    for hit in INDEX.search(words, limit=3):
        assert "".join(piece.text for piece in hit.ask) == " ".join(BANK.get(hit.question_id).ask.split())
        assert all(piece.text for piece in (*hit.ask, *hit.line))


def test_words_and_pieces() -> None:
    assert words_of('What is "GPT-4"? what') == ["what", "is", "gpt", "4"]
    assert len(words_of(" ".join(map(str, range(100))))) == 16
    assert [(p.text, p.marked) for p in pieces("a \x02b\x03 c")] == [("a ", False), ("b", True), (" c", False)]
    assert len(COLUMNS) == 6


def test_many_threads_may_ask_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ids(("attention", "kv cache", "tokens")[n % 3]), range(60)))
    assert all(answers[n] == answers[n % 3] for n in range(60))


def test_one_thread_at_a_time_asks_the_database() -> None:
    """Python's SQLite may be built so that two at once are not safe (``sqlite3.threadsafety`` below 3)."""
    index = Index(BANK.questions()[:3])
    real, inside, overlaps, second = index._db, list[str](), list[str](), threading.Event()

    class Watched:
        def execute(self, sql: str, given: dict[str, object]) -> sqlite3.Cursor:
            overlaps.extend(inside)
            inside.append(sql)
            if overlaps:
                second.set()
            second.wait(0.2)  # so long the other has to come in, if it can
            inside.remove(sql)
            return real.execute(sql, given)

    index._db = Watched()  # type: ignore[assignment]
    with ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(index.search, ("attention", "model")))) == 2
    assert overlaps == []


def test_no_more_than_asked_for_where_several_ways_of_looking_find_different_ones() -> None:
    form = "What would a language model change for the people who use our product?"
    assert ids(form, limit=1) == ["hci"] and len(ids(form, limit=2)) == 2
    assert ids("product our use who people the for change model language a would what", limit=1) != ["hci"], (
        "control: another way, another one"
    )


def found_in(places: dict[str, str]) -> list[str]:
    """In which order questions are found that hold the same words, each with the word looked for in another place."""

    def text(place: str, mine: str) -> str:
        return "xylophone" if place == mine else "filler"

    questions = [
        Question.model_validate(
            {
                "id": question_id, "topic": text("topic_name", place), "level": "expert", "kind": "knowledge", "ask": text("ask", place),
                "listens_for": text("listens_for", place), "forms": [{"id": "form", "ask": text("forms", place), "source": "pack"}],
                "key_points": [{"id": "a", "point": text("points", place), "weight": 2, "says": [], "because": "filler", "source": "s"}],
                "misconceptions": [{"id": "b", "claim": text("misconceptions", place), "says": [], "correction": "filler", "source": "s"}],
                "model_answers": {"plain": "p", "technical": "t"},
            }
        )
        for question_id, place in places.items()
    ]  # fmt: skip
    other = Question.model_validate_json(questions[0].model_dump_json().replace("xylophone", "filler"))
    rest = [other.model_copy(update={"id": f"z-{n}"}) for n in range(20)]
    return [places[hit.question_id] for hit in Index([*questions, *rest]).search("xylophone")]


def test_a_word_weighs_by_where_it_stands() -> None:
    ranked = ["ask", "topic_name", "forms", "points"]
    for last in (["listens_for", "misconceptions"], ["misconceptions", "listens_for"]):  # the same weight: by their ids
        for order in ([*ranked, *last], [*reversed(ranked), *last]):
            assert found_in({f"q-{n}": place for n, place in enumerate(order)}) == [*ranked, *last]


def test_every_beginning_of_a_word_finds_it() -> None:
    """Also those that are longer than the word's stem: the words of the key points, those that most points have first."""
    counted = Counter(
        word for question in BANK.questions() for point in question.key_points for word in set(words_of(point.point)) if len(word) > 5
    )
    typed = {word[:n] for word, _ in counted.most_common(400) for n in range(5, len(word))}
    assert len(typed) > 400
    assert [each for each in sorted(typed) if not INDEX.search(each)] == []
    for each in ("attenti", "tokeniz", "tokenis", "hallucinatio", "quantis"):
        assert INDEX.search(each), each


def test_two_beginnings_find_what_has_both() -> None:
    found = INDEX.search("attenti embeddi")
    assert found
    for hit in found:
        question = BANK.get(hit.question_id)
        said = question.model_dump_json().lower()
        assert "attenti" in said and "embeddi" in said, hit.question_id
    assert len(found) < len(INDEX.search("attenti"))
