"""The lab *find-objects*: pictures hold what they are said to hold; the rule finds it; average precision is what one reckons by hand;
results that break a claim are told. What trains needs torch (the extra ``labs``); the rest is tested without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from greenroom.labs import detecting
from greenroom.labs.boxes import Counts, Find, alike, by_rule, count, islands, mean_precision, precision, smoothed
from greenroom.labs.detecting import CARD, FindObjects
from greenroom.labs.drawing import COLOURS, SHAPES, SIDE, Box, Drawn, How, Thing, gap, pictures, scene, stencil
from greenroom.labs.lab import Bench, Result, Table, collect
from greenroom.labs.scenes import MOST_FRAMES, MOST_LINE, Scenes, listed

CLEAN = How("plain", 0)


def run(tmp_path: Path, **given: Any) -> Result:
    values = CARD.read(given)
    return collect(CARD, values, FindObjects().run(values, Bench(tmp_path, 1)))


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="NOT RUN: what trains (pip install 'greenroom[labs]')")


# --- The pictures ---


def test_things_lie_within_the_picture_as_far_apart_as_was_said() -> None:
    for picture in pictures(40, [How(), How(apart=-3)], np.random.default_rng(3)):
        assert 1 <= len(picture.things) <= 3
        assert all(0 <= t.left <= t.left + t.size <= SIDE and 0 <= t.top <= t.top + t.size <= SIDE for t in picture.things)
        assert picture.pixels.shape == (SIDE, SIDE, 3)
        assert 0 <= picture.pixels.min() <= picture.pixels.max() <= 1
    for picture in pictures(20, [How()], np.random.default_rng(3)):
        assert all(gap(a, b) >= 2 for n, a in enumerate(picture.things) for b in picture.things[:n])


def test_the_same_dice_draw_the_same() -> None:
    one, again = (pictures(3, [How("slope"), How("stripes")], np.random.default_rng(7)) for _ in range(2))
    assert all(np.array_equal(a.pixels, b.pixels) and a.things == b.things for a, b in zip(one, again, strict=True))


def test_boxes_overlap_as_one_reckons() -> None:
    assert Box(0, 0, 4, 4).overlap(Box(2, 0, 6, 4)) == pytest.approx(8 / 24)
    assert Box(0, 0, 4, 4).overlap(Box(4, 0, 8, 4)) == 0
    assert Box(0, 0, 4, 4).overlap(Box(0, 0, 4, 4)) == 1


# --- The rule ---


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [8, 13])
def test_the_rule_finds_a_clean_thing_with_shape_colour_and_box(shape: str, size: int) -> None:
    for n, colour in enumerate(COLOURS):
        thing = Thing(shape, colour, 3 + n, 5, size)
        (find,) = by_rule(scene([thing], CLEAN, np.random.default_rng(n)).pixels, 0.3)
        assert (find.shape, find.colour) == (shape, colour)
        assert find.box.overlap(thing.box) > 0.8


def test_two_that_touch_in_one_colour_are_one_to_it() -> None:
    things = [Thing("square", "red", 2, 2, 8), Thing("square", "red", 10, 2, 8)]
    assert len(by_rule(scene(things, CLEAN, np.random.default_rng(0)).pixels, 0.3)) == 1


def test_few_pixels_are_no_thing_and_a_shape_is_like_itself() -> None:
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    mask[2:5, 2:6] = True
    assert list(islands(mask)) == []
    assert alike(stencil("circle", 9), "circle") == 1
    assert alike(stencil("circle", 9), "cross") < 0.8


def test_smoothing_is_the_mean_of_nine_and_keeps_an_even_ground() -> None:
    pixels = np.zeros((SIDE, SIDE, 3), dtype=np.float32)
    pixels[4, 4] = 0.9
    assert smoothed(pixels)[3:6, 3:6] == pytest.approx(0.1)
    assert smoothed(pixels).sum() == pytest.approx(2.7, rel=1e-5)
    assert smoothed(np.full_like(pixels, 0.4)) == pytest.approx(0.4)


# --- The measures ---

THING = Thing("square", "red", 4, 4, 10)
DRAWN = [Drawn(np.zeros((SIDE, SIDE, 3), dtype=np.float32), (THING,))] * 2
RIGHT = Find(0.9, "square", "red", THING.box)
WRONG = Find(0.95, "square", "red", Box(20, 20, 30, 30))


def test_average_precision_by_hand() -> None:
    assert precision([[RIGHT], [RIGHT]], DRAWN, "square") == 1
    assert precision([[RIGHT], []], DRAWN, "square") == 0.5
    assert precision([[], []], DRAWN, "square") == 0
    # false, right, right: precision 0, 1/2, 2/3; made falling 2/3 all along
    assert precision([[WRONG, RIGHT], [RIGHT]], DRAWN, "square") == pytest.approx(2 / 3)
    assert precision([[RIGHT, RIGHT._replace(score=0.5)], []], DRAWN, "square") == 0.5, "a thing is found once"
    assert mean_precision([[RIGHT._replace(shape="circle")], [RIGHT]], DRAWN) == 0.5


def test_counts_at_a_threshold() -> None:
    found = [[RIGHT, WRONG], [RIGHT._replace(shape="circle")]]
    assert count(found, DRAWN, 0.5) == Counts(hits=1, things=2, false=2)
    assert count(found, DRAWN, 0.92) == Counts(hits=0, things=2, false=1)


# --- The lab ---


def test_small_it_answers_everything_and_twice_the_same(torch: Any, tmp_path: Path) -> None:
    given = {"pictures": 60, "steps": 4, "asked": 20}
    first = run(tmp_path, **given)
    assert first.model_dump_json() == run(tmp_path, **given).model_dump_json()
    assert all(each.found for each in first.seen)
    assert any(isinstance(part, Scenes) for part in first.parts)
    assert [part.name for part in first.parts if isinstance(part, Table)] == ["kinds", "thresholds"]


def test_what_one_should_see_is_seen(torch: Any, tmp_path: Path) -> None:
    assert [(each.id, each.held) for each in run(tmp_path).seen] == [(each.id, True) for each in CARD.expects]


def test_what_the_cells_say_comes_back_as_boxes(torch: Any) -> None:
    from greenroom.labs import detector

    drawn = pictures(8, [How()], np.random.default_rng(5))
    for picture, cells in zip(drawn, detector.wanted(drawn).numpy(), strict=True):
        boxes = {detector.box_of(x, y, *cells[y, x, 1:4]) for y in range(8) for x in range(8) if cells[y, x, 0]}
        assert len(boxes) == len(picture.things)
        assert all(any(thing.box.overlap(box) > 0.99 for box in boxes) for thing in picture.things)


# --- Each claim can be told otherwise ---

PLACES = (Thing("square", "red", 2, 2, 8), Thing("circle", "blue", 20, 20, 8))
SHEET = Drawn(np.zeros((SIDE, SIDE, 3), dtype=np.float32), PLACES)


def finds(right: int, false: int = 0, score: float = 0.95) -> list[list[Find]]:
    """On ten sheets: so many of twenty things found, and so many finds that are none, those with a score of 0.3."""
    all_ = [[Find(score, t.shape, t.colour, t.box) for t in PLACES[: max(0, min(2, right - 2 * n))]] for n in range(10)]
    for n in range(false):
        all_[n % 10].append(Find(0.3, "cross", "green", Box(12, 12, 18, 18)))
    return all_


def told(**change: tuple[list[list[Find]], ...]) -> dict[str, bool | None]:
    """Detector, rule and rule after smoothing by the name of the kind, small letters and no blanks."""
    usual: dict[str, tuple[list[list[Find]], ...]] = {
        name: (finds(18, 3), finds(20), finds(20)) for name in (detecting.PLAIN, detecting.SLOPE, detecting.OVER)
    }
    usual |= {name: (finds(2), finds(20), finds(20)) for name in (detecting.LIGHT, detecting.STRIPED)}
    usual |= {detecting.NOISY: (MIXED, finds(2), finds(14))}
    usual |= {name: change[name.replace(" ", "_")] for name in usual if name.replace(" ", "_") in change}
    found = {name: detecting.Kind(name, [SHEET] * 10, *all_) for name, all_ in usual.items()}
    return {each.id: each.held for each in detecting.findings(found, 0)}


MIXED = [[*each, Find(0.3, "cross", "green", Box(12, 12, 18, 18)), Find(0.3, "cross", "red", Box(22, 2, 28, 8))] for each in finds(14)]
"""On each sheet two finds that are none, not sure ones."""
SURE_OF_ALL = [[find._replace(score=0.9) for find in each] for each in MIXED]
SURE_OF_NONE = [[find._replace(score=0.4) for find in each] for each in MIXED]


def test_control_results_that_keep_the_claims() -> None:
    assert told() == {"simple": True, "noise": True, "other-ground": True, "line": True}


def test_results_that_break_a_claim_are_told() -> None:
    misled = [each + [Find(0.99, "square", "red", Box(12, 12, 18, 18))] * (n < 4) for n, each in enumerate(finds(20))]
    assert told(plain_ground=(finds(20), misled, finds(20)))["simple"] is False
    assert told(plain_ground=(finds(8), finds(10), finds(10)))["simple"] is False, "both poor"
    assert told(more_noise=(finds(14), finds(10), finds(14)))["noise"] is False
    assert told(more_noise=(finds(6), finds(2), finds(14)))["noise"] is False
    assert told(more_noise=(finds(14), finds(2), finds(6)))["noise"] is False, "smoothing did not help"
    assert told(more_noise=(finds(20), finds(2), finds(14)))["noise"] is False, "the rule after smoothing is far behind"
    same = finds(18), finds(20), finds(20)
    assert told(light_ground=same, stripes=same, more_noise=same)["other-ground"] is False
    assert told(more_noise=(SURE_OF_ALL, finds(2), finds(14)))["line"] is False, "false finds as sure as the others"
    assert told(more_noise=(SURE_OF_NONE, finds(2), finds(14)))["line"] is False, "all missed for it"
    assert told(more_noise=(finds(14, 3), finds(2), finds(14)))["line"] is None, "hardly a false find to halve"


def test_a_difference_that_these_pictures_cannot_tell_is_not_told() -> None:
    assert told(plain_ground=(finds(19), finds(18), finds(18)))["simple"] is None


# --- Much that is found ---


def test_many_finds_are_cut_and_counted() -> None:
    many = [Find(0.9 - n / 1000, "triangle", "yellow", Box(n, n, n + 3, n + 3)) for n in range(20)]
    scene_ = detecting.scene_of(detecting.Kind("light ground", [SHEET], [many], [many * 3], [[]]), 0)
    assert len(scene_.frames) == MOST_FRAMES - 3 + len(SHEET.things) <= MOST_FRAMES
    assert [line.rpartition(" … and ")[2] for line in scene_.lines[1:3]] == ["7 more", "44 more"]
    assert scene_.lines[1].startswith("yellow triangle 90%, ") and scene_.lines[3] == "nothing"


def test_a_line_is_cut_where_it_would_be_too_long_and_nowhere_else() -> None:
    assert listed([]) == "nothing" and listed(["a", "b"]) == "a, b"
    for count_ in (30, 60, 61, 62, 500):
        line = listed(["abc"] * count_)
        assert len(line) <= MOST_LINE
        kept, _, more = line.partition(" … and ")
        assert kept.count("abc") + int(more.split()[0] if more else 0) == count_
    assert "none of which" in listed(["x" * 400])
