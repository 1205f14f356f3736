"""The lab *captions*: sentences come back from their words, what is right in one is what one counts by hand, results that break a claim
are told. What trains needs torch (the extra ``labs``); the rest is tested without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs_runs import held

from greenroom.labs import captioned, captioning
from greenroom.labs.captioned import EMPTY, LIGHT, RINGS, SAME, Found, Kind, Written, rivals, spoiled
from greenroom.labs.captioning import CARD, Captions, asked_of
from greenroom.labs.captions import (
    COLOUR,
    COUNT,
    FILLER,
    KINDS,
    LONGEST,
    PLACE,
    PLACES,
    SHAPE,
    WORDS,
    Caption,
    Named,
    kind_of,
    marks,
    place_of,
    read,
    sentence,
    shares,
    text_of,
    truth,
    words_of,
)  # fmt: skip
from greenroom.labs.detecting import NOISY, PLAIN, STRIPED, ways_of
from greenroom.labs.drawing import RING, SHAPES, SIDE, Box, Drawn, How, Thing, pictures, stencil
from greenroom.labs.lab import Bench, Picture, Result, Table, collect
from greenroom.labs.measures import bleu
from greenroom.labs.scenes import Scenes

SHEET = Drawn(np.zeros((SIDE, SIDE, 3), dtype=np.float32), (Thing("square", "red", 1, 1, 8), Thing("circle", "blue", 22, 22, 8)))
TRUE = "two things: a red square at the top left and a blue circle at the bottom right."
NOTHING = Drawn(SHEET.pixels, ())


def run(tmp_path: Path, **given: Any) -> Result:
    values = CARD.read(given)
    return collect(CARD, values, Captions().run(values, Bench(tmp_path, 1)))


# --- Sentences ---


def test_the_true_sentence_of_a_picture_and_back() -> None:
    assert sentence(truth(SHEET)) == TRUE
    assert read(TRUE) == truth(SHEET) == Caption(2, (Named("red", "square", "top left"), Named("blue", "circle", "bottom right")))
    for picture in pictures(40, [How()], np.random.default_rng(1)):
        text = sentence(truth(picture))
        assert read(text) == truth(picture)
        words = words_of(text)
        assert set(words) <= set(WORDS) and len(words) <= LONGEST and text_of(words[:-1]) == text


@pytest.mark.parametrize(
    "text",
    ["", "two things.", TRUE[:-1], TRUE.replace("two things", "two thing"), TRUE.replace("red", "purple"), TRUE + " and", "a red square.",
     TRUE.replace("at the top left", "at the left top")],
)  # fmt: skip
def test_what_is_no_sentence_of_the_form(text: str) -> None:
    assert read(text) is None


def test_the_first_word_need_not_be_how_many_are_named() -> None:
    assert read("three things: a red square in the middle.") == Caption(3, (Named("red", "square", "middle"),))


def test_ninths_of_the_picture() -> None:
    assert [place_of(Box(x, y, x + 8, y + 8)) for y in (0, 12, 24) for x in (0, 12, 24)] == list(PLACES)
    assert PLACES[4] == "middle" and "in the middle" in sentence(Caption(1, (Named("red", "cross", "middle"),)))


def test_of_nothing_it_is_right_to_say_nothing() -> None:
    assert sentence(truth(NOTHING)) == "" and words_of("") == ["<end>"] and read("") is None
    assert captioning.empty(4, [How()], 0)[3].things == ()
    silent = Kind(EMPTY, [NOTHING] * 2, [Written("", (0.9,)), Written(FALSE, (0.9,) * 10)])
    assert (silent.silent.cases, silent.fluent.cases, silent.sure) == (1, 1, pytest.approx(0.9))


def test_every_word_has_its_kind() -> None:
    assert [kind_of(word) for word in ("two", "red", "cross", "left", "middle", "things", "the")] == [
        COUNT, COLOUR, SHAPE, PLACE, PLACE, FILLER, FILLER,
    ]  # fmt: skip
    assert len(WORDS) == len(set(WORDS)) == 26


# --- What is right ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TRUE, (True, 2, 2, 2, 2, True)),
        ("two things: a blue circle at the bottom right and a red square at the top left.", (True, 2, 2, 2, 2, True)),
        (TRUE.replace("square", "cross"), (True, 2, 1, 2, 2, False)),
        ("one thing: a red square at the top left.", (False, 1, 1, 1, 2, False)),
        ("two things: a red square at the top left.", (True, 1, 1, 1, 2, False)),
        (TRUE[:-1] + " and a red square at the top left.", (True, 2, 2, 2, 2, False)),
        ("two red", (False, 0, 0, 0, 2, False)),
    ],
    ids=["true", "other order", "one shape", "one missing", "says two, names one", "one too many", "no sentence"],
)
def test_what_of_a_caption_is_right(text: str, found: tuple[object, ...]) -> None:
    assert tuple(marks(read(text), truth(SHEET))) == found


def test_shares_are_of_pictures_and_of_things() -> None:
    each = shares([marks(read(TRUE), truth(SHEET)), marks(read(TRUE.replace("red", "blue")), truth(SHEET)), marks(None, truth(NOTHING))])
    assert (each[COUNT].cases, each[COUNT].of) == (2, 3)
    assert [(each[name].cases, each[name].of) for name in KINDS[1:]] == [(3, 4), (4, 4), (4, 4)]


def test_a_ring_is_a_circle_with_a_hole_and_none_of_the_known_shapes() -> None:
    ring, circle = stencil(RING, 11), stencil("circle", 11)
    assert not ring[5, 5] and circle[5, 5] and (ring <= circle).all() and ring[0, 5]
    assert RING not in SHAPES
    assert read(sentence(truth(Drawn(SHEET.pixels, (Thing(RING, "red", 1, 1, 8),))))) is None


def test_the_pictures_that_are_asked_about() -> None:
    asked = asked_of(20, ways_of(0.05), 3)
    assert list(asked) == [SAME, NOISY, STRIPED, LIGHT, RINGS, EMPTY] and all(len(each) == 20 for each in asked.values())
    assert all(thing.shape == RING for each in asked[RINGS] for thing in each.things) and not any(each.things for each in asked[EMPTY])
    again = asked_of(20, ways_of(0.05), 3)
    assert all(np.array_equal(a.pixels, b.pixels) for name in asked for a, b in zip(asked[name], again[name], strict=True))


def test_overlap_does_not_know_which_words_matter() -> None:
    (pair,) = rivals([SHEET, Drawn(SHEET.pixels, SHEET.things[:1])])
    assert pair.false == bleu(sentence(spoiled(truth(SHEET))), TRUE) > pair.true
    assert spoiled(truth(SHEET)).things[0].shape == "circle" and not marks(spoiled(truth(SHEET)), truth(SHEET)).whole


# --- The run ---


def test_the_same_values_give_the_same_result(torch: Any, tmp_path: Path) -> None:
    given = {"pictures": 60, "eye": 3, "steps": 4, "asked": 20}
    first = run(tmp_path, **given)
    assert first.model_dump_json() == run(tmp_path, **given).model_dump_json()
    assert all(each.found for each in first.seen)
    assert any(isinstance(part, Scenes) for part in first.parts)
    assert [part.name for part in first.parts if isinstance(part, Table | Picture)] == ["course", "kinds", "shares", "words", "overlap"]
    assert [each.held for each in first.seen][1:5] == [None] * 4, "it has not learned enough to tell"


@pytest.mark.timeout(1800)
def test_what_one_should_see_is_seen(torch: Any, tmp_path: Path) -> None:
    assert [(each.id, each.held) for each in run(tmp_path).seen] == [(each.id, True) for each in CARD.expects]


def test_the_picture_stands_before_the_words_and_no_word_sees_a_later_one(torch: Any) -> None:
    from greenroom.labs.captioner import SEEN, Captioner, numbers
    from greenroom.labs.detector import Detector

    torch.manual_seed(1)
    net, drawn = Captioner(Detector()), pictures(3, [How()], np.random.default_rng(2))
    seen, ids = net.look(drawn), numbers(drawn)[:, :5]
    assert seen.shape == (3, SEEN, 48)
    said = net(seen, ids)
    assert said.shape == (3, 6, len(WORDS))
    changed = ids.clone()
    changed[:, 3] = 0
    assert torch.allclose(net(seen, changed)[:, :4], said[:, :4], atol=1e-5)
    assert not torch.allclose(net(seen, changed)[:, 4:], said[:, 4:], atol=1e-5)
    assert not torch.allclose(net(seen.flip(0), ids)[:, 0], said[:, 0], atol=1e-6), "the first word hangs on the picture"
    corner = seen[0, 0].reshape(2, 2, 12)
    from greenroom.labs.detector import tensor

    assert torch.equal(corner, (net.eye(tensor(drawn)) / 4)[0, :2, :2]), "the first vector is the upper left corner"


def test_what_is_trained_is_bridge_and_writer_and_not_the_eye(torch: Any) -> None:
    from greenroom.labs.captioner import train
    from greenroom.labs.detector import Detector

    torch.manual_seed(1)
    eye, drawn = Detector(), pictures(20, [How()], np.random.default_rng(2))
    before = {name: each.clone() for name, each in eye.state_dict().items()}
    *_, (steps, net) = train(eye, drawn, 3, 0)
    assert steps == 3 and all(torch.equal(before[name], each) for name, each in net.eye.state_dict().items())
    written = net.write(net.look(drawn[:2]))
    assert all(0 < chance <= 1 for each in written for chance in each.chances)


# --- Each claim can be told otherwise ---


def kind(name: str, texts: list[str], chance: float = 0.9, drawn: Drawn = SHEET) -> Kind:
    return Kind(name, [drawn] * len(texts), [Written(text, (chance,) * len(words_of(text))) for text in texts])


FALSE = "one thing: a green cross at the bottom left."
WORDS_OF_IT = [(word, word) for word in words_of(TRUE)]
BLIND = [(word, word if kind_of(word) == FILLER else "cross") for word, _ in WORDS_OF_IT]


def told(guessed: Any = (WORDS_OF_IT, BLIND), turned: str = FALSE, **change: Kind) -> dict[str, bool | None]:
    kinds = {SAME: kind(SAME, [TRUE] * 40), NOISY: kind(NOISY, [FALSE] * 40), STRIPED: kind(STRIPED, [FALSE] * 40)}
    kinds |= {LIGHT: kind(LIGHT, [FALSE] * 40), RINGS: kind(RINGS, [FALSE] * 40), EMPTY: kind(EMPTY, [FALSE] * 40, drawn=NOTHING)}
    kinds |= {name: change[name.replace(" ", "_")] for name in kinds if name.replace(" ", "_") in change}
    taught = {SAME: change.get("taught_same", kinds[SAME]), EMPTY: change.get("taught_empty", kind(EMPTY, [""] * 40, drawn=NOTHING))}
    found = Found(kinds, kind(SAME, [turned] * 40), kind(SAME, [FALSE] * 40), guessed, taught)
    return held(captioned.findings(found))


def test_control_results_that_keep_the_claims() -> None:
    assert told() == dict.fromkeys([each.id for each in CARD.expects], True)


def test_results_that_break_a_claim_are_told() -> None:
    assert told(turned=TRUE)["reads"] is False, "another picture's caption does as well"
    assert told(light_ground=kind(LIGHT, [TRUE] * 40))["fluent-false"] is False, "all right"
    assert told(light_ground=kind(LIGHT, ["red red"] * 40))["fluent-false"] is False, "no sentences"
    assert told(rings=kind(RINGS, [FALSE] * 40, chance=0.3))["fluent-false"] is False, "unsure"
    silent = kind(EMPTY, ["things"] * 40, drawn=NOTHING)
    assert told(nothing_drawn=silent)["nothing-there"] is False
    assert told(taught_empty=kind(EMPTY, [""] * 35 + [FALSE] * 5, drawn=NOTHING))["taught"] is False, "the copy still names things"
    assert told(taught_same=kind(SAME, [TRUE] * 37 + [""] * 3))["taught"] is False, "and now it is silent where there is something"
    assert told(guessed=(WORDS_OF_IT, WORDS_OF_IT))["words-alone"] is False, "the words alone tell all"
    assert told(guessed=(WORDS_OF_IT, [(word, "cross") for word, _ in WORDS_OF_IT]))["words-alone"] is False, "and nothing"


def test_a_writer_that_has_not_learned_tells_nothing_of_other_pictures() -> None:
    found = told(drawn_the_same_way=kind(SAME, [FALSE] * 40))
    assert found["reads"] is False
    assert [found[name] for name in ("fluent-false", "nothing-there", "taught", "words-alone")] == [None] * 4


def test_overlap_is_not_told_where_no_picture_has_several_things() -> None:
    alone = kind(SAME, ["one thing: a red square at the top left."] * 40, drawn=Drawn(SHEET.pixels, SHEET.things[:1]))
    assert told(drawn_the_same_way=alone)["overlap"] is None


def test_how_sure_it_is_is_said_of_the_telling_words() -> None:
    words = words_of(TRUE)
    written = Written(TRUE, tuple(0.5 if kind_of(word) != FILLER else 1.0 for word in words))
    assert Kind(PLAIN, [SHEET], [written]).sure == pytest.approx(0.5)
