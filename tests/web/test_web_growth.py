"""The pages that make people better: the answer again, ways to say it, progress with a table behind each plot, files to take along."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

import httpx2
from web_serving import Served, drill, form, new_id, said

from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup
from greenroom.review.course import Coverage, Level, RatingRow
from greenroom.review.forecast import Forecast
from greenroom.room import LOCAL_OWNER as ME
from greenroom.web.progress import drawing

FIRST_VIEW_LIMIT = 60_000


def rehearse(served: Served, text: str, *, rating: int = 4, question_id: str = "attention") -> str:
    """One answered and rated drill; its id."""
    view = served.room.interview.start(ME, Setup(question_ids=(question_id,), count=1))
    session_id = view.session.session_id
    receipt = served.room.interview.answer(ME, session_id, Submission(submission_id=new_id(), turn_id="t1", text=text))
    served.room.interview.wait(ME, receipt.answer_id, 20)
    served.room.interview.rate(ME, session_id, "t1", rating)
    return session_id


def test_the_notes_give_the_answer_back_and_offer_three_ways(served: Served) -> None:
    session_id = rehearse(served, f"So, um, good question. {said(served.room)} <b>And</b> more.")
    with served.client() as client:
        notes = client.get(f"/interview/{session_id}").text
        assert "Your answer again, in your own words" in notes and "What was cut, and why" in notes and "Nothing was added." in notes
        assert "Beside the model answer" in notes and "Only the model answer" in notes
        assert "<b>And</b>" not in notes and "&lt;b&gt;And&lt;/b&gt;" in notes
        assert [way for way in ("minute", "plain", "staff") if f'name="way" value="{way}"' in notes] == ["minute", "plain", "staff"]
        form(client, f"/interview/{session_id}/redo", turn_id="t1", way="minute")
        assert "Say it in one minute" in client.get(f"/interview/{session_id}").text
        give(client, session_id, said(served.room))
        served.room.interview.wait(ME, served.room.interview.get(ME, session_id).attempts["t2"].answer_id, 20)
        form(client, f"/interview/{session_id}/rate", turn_id="t2", rating="3")
        notes = client.get(f"/interview/{session_id}").text
        assert "Said in a minute" in notes and "Within a minute" in notes
        assert 'name="way" value="plain"' in notes, "the other ways are still open"
        assert form(client, f"/interview/{session_id}/redo", turn_id="t1", way="loud").status_code == 422
        form(client, f"/interview/{session_id}/end")
        assert "In 60 seconds" in client.get(f"/interview/{session_id}/report").text


def give(client: httpx2.Client, session_id: str, text: str) -> None:
    page = client.get(f"/interview/{session_id}").text
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("turn_id", "submission_id")}
    form(client, f"/interview/{session_id}/answer", text=text, **{name: match[1] for name, match in found.items() if match})


def test_a_report_is_taken_along_in_three_forms(served: Served) -> None:
    session_id = rehearse(served, said(served.room))
    with served.client() as client:
        for name, media in (("html", "text/html"), ("md", "text/markdown"), ("json", "application/json")):
            found = client.get(f"/interview/{session_id}/report/{name}")
            assert found.status_code == 200 and found.headers["content-type"].startswith(media)
            assert re.fullmatch(rf'attachment; filename="greenroom-drill-[0-9-]+\.{name}"', found.headers["content-disposition"])
        assert client.get(f"/interview/{session_id}/report/pdf").status_code == 422
        assert client.get("/interview/nobody/report/md").status_code == 404


def test_every_plot_of_progress_has_its_table(served: Served) -> None:
    for rating in (2, 4):
        rehearse(served, said(served.room, rating), rating=rating)
    with served.client() as client:
        page = client.get("/progress").text
    plots = re.findall(r'<svg class="(?:chart|days)" [^>]*role="img" aria-label="([^"]+)"', page)
    assert len(plots) == 4, plots
    for section in re.findall(r"<section.*?</section>", page, re.DOTALL):
        if 'role="img"' in section or "cover" in section:
            assert "<table>" in section, section[:80]
    assert "No interview date is set" in page and "Practised today: 1 of the last 7 days." in page
    assert not re.search(r"streak|don.t break|lost your", page, re.IGNORECASE)
    assert len(page.encode()) < FIRST_VIEW_LIMIT


def test_a_topic_has_a_page_of_its_own(served: Served) -> None:
    rehearse(served, said(served.room))
    with served.client() as client:
        page = client.get("/progress/topics/attention").text
        assert served.room.bank.get("attention").points()[0].point[:20] in page.replace("&#39;", "'") and "Point by point" in page
        assert client.get("/progress/topics/nothing").status_code == 404


def test_the_night_before_and_the_weak_points(served: Served) -> None:
    with served.client() as client:
        assert "Nothing to sum up yet" in client.get("/progress/night-before").text
        assert client.get("/progress/weak-points.apkg").status_code == 422
        rehearse(served, said(served.room))
        page = client.get("/progress/night-before").text
        assert "You hold these" in page and "Look at these once more" in page
        assert "You hold these" in client.get("/progress/night-before/html").text
        deck = client.get("/progress/weak-points.apkg")
        assert deck.headers["content-disposition"].endswith('greenroom-weak-points.apkg"')
        assert zipfile.ZipFile(BytesIO(deck.content)).testzip() is None


def test_first_the_rating_then_the_files(served: Served) -> None:
    with served.client() as client:
        session_id = drill(client)
        give(client, session_id, said(served.room))
        served.room.interview.wait(ME, served.room.interview.get(ME, session_id).attempts["t1"].answer_id, 20)
        texts = [client.get(f"/interview/{session_id}/report/{name}").text for name in ("html", "md", "json")]
        assert all("of 100" not in text and '"overall": 1' not in text for text in texts)
        form(client, f"/interview/{session_id}/rate", turn_id="t1", rating="3")
        assert "of 100" in client.get(f"/interview/{session_id}/report/md").text, "control"


DAY = datetime(2026, 3, 2, tzinfo=UTC).date()


def level(n: int, held: float) -> Level:
    return Level(on=DAY + timedelta(days=n), held=held, seen=1.0, topics={"hci": held})


def test_a_course_is_level_between_days_of_practice() -> None:
    none = Forecast(on=None, days=None, now=0.5, low=None, high=None, rests=None, says="")
    plot = drawing.course_plot([level(0, 0.0), level(10, 1.0)], none, DAY + timedelta(days=10))
    left, right, low, high = drawing.LEFT, drawing.WIDTH - drawing.RIGHT, drawing.grid_y(0), drawing.grid_y(1)
    assert plot.held.startswith(f"M{float(left)} {float(low)}H{float(right)}V{float(high)}"), plot.held
    assert (plot.fan, plot.rests) == ("", None)


def test_the_wedge_ends_on_the_day_of_the_interview() -> None:
    ahead = Forecast(on=DAY + timedelta(days=20), days=10, now=0.5, low=0.4, high=0.8, rests=0.3, says="")
    plot = drawing.course_plot([level(0, 0.2), level(10, 0.5)], ahead, DAY + timedelta(days=10))
    end = float(drawing.WIDTH - drawing.RIGHT)
    assert plot.fan.split()[1:] == [f"{end},{drawing.grid_y(0.8)}", f"{end},{drawing.grid_y(0.4)}"]
    assert plot.rests == (end, drawing.grid_y(0.3)) and plot.last is not None and plot.last.x < end
    assert [tick.text for tick in plot.ticks] == ["2 Mar", "today", "22 Mar"]


def test_the_bar_of_coverage_is_whole() -> None:
    found = Coverage(held=1, partly=1, open=1, unseen=1, questions=0, of_questions=0)
    parts = drawing.coverage_bar(found, 100)
    assert [(part.x, part.width) for part in parts] == [(0, 25), (25, 25), (50, 25), (75, 25)]


def test_ratings_lie_where_they_belong() -> None:
    rows = [
        RatingRow(rating=1, said=20, count=0, mean=None, low=None, high=None),
        RatingRow(rating=5, said=100, count=2, mean=50, low=0, high=100),
    ]
    plot = drawing.rating_plot(rows)
    assert [(bar.y, bar.top, bar.top + bar.height) for bar in plot.bars] == [(drawing.grid_y(0.5), drawing.grid_y(1), drawing.grid_y(0))]
    assert [rating for _, rating in plot.marks] == [1, 5]
