"""The pages in another language: nothing of a template stays out of the catalogue, the German one is whole, the choice stays."""

from __future__ import annotations

import gettext
import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from web_serving import ME, Served, answered, drill, form, said

from greenroom.prep.profile import Profile
from greenroom.web import render
from greenroom.web.language import catalogue, choice, forms, scripts, sentences

WEB = Path(catalogue.__file__).parents[1]
SRC = WEB.parent
PO = WEB / "locale" / "de" / "LC_MESSAGES" / "greenroom.po"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "mark": None, "t": None}
METHODS = [("web/**.py", "python"), ("web/templates/**.html", "jinja2"), ("web/static/*.js", "javascript")]
OPTIONS = {"web/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}


SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-does", "data-confirm", "data-who")
MARKED = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
FOREIGN = {"code", "script", "style", "kbd", "textarea"}
ALLOWED = {"greenroom", "Ctrl", "Esc", "s", "eve", "onstage"}
"""A name, keys, the second; two classes of a page's body."""


class Said(HTMLParser):
    """Text that people see, and attributes that are read to them. ``own``: within these nothing is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        foreign = (names.get("lang") in ("en", "de") and tag != "html") or "dir" in names or tag in FOREIGN
        if not self.hidden and not foreign:
            self.found += [value for name, value in attrs if name in SPOKEN and value]
        if tag not in ("meta", "link", "input", "br", "img", "rect", "path", "use", "circle"):
            self.open.append((tag, foreign))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.found.append(data)

    @property
    def hidden(self) -> bool:
        return any(foreign for _, foreign in self.open)


def unmarked(template: str) -> list[str]:
    parser = Said()
    parser.feed(MARKED.sub("", template))
    words = [word for text in parser.found for word in re.findall(r"[^\W\d_]+", text)]
    return [word for word in words if word not in ALLOWED]


@pytest.mark.parametrize("path", sorted((WEB / "templates").glob("*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_past_the_catalogue(path: Path) -> None:
    assert unmarked(path.read_text("utf-8")) == []


def test_control_a_forgotten_sentence_is_seen() -> None:
    assert unmarked('<p>{{ _("Known") }} forgotten</p>') == ["forgotten"]
    assert unmarked('<p aria-label="forgotten">{% trans %}Known{% endtrans %}</p>') == ["forgotten"]


class Pseudo(gettext.NullTranslations):
    """A language in which every message stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real = catalogue.catalogue
    monkeypatch.setattr(catalogue, "catalogue", lambda code: Pseudo() if code == "de" else real(code))
    sentences._find.cache_clear()
    yield
    sentences._find.cache_clear()


def outside(page: str) -> list[str]:
    """Words of a page in the pseudo language that did not come through the catalogue."""
    parser = Said()
    parser.feed(re.sub(r"<title>.*?</title>", "", page, flags=re.DOTALL))
    text = " ".join(parser.found)
    while "⟦" in text and (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    return [word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in ALLOWED]


def paths(served: Served) -> list[str]:
    noted = answered(served, f"{said(served.room)} It cleans all data.").session.session_id
    served.room.prep.save(ME, Profile(company="Acme", role="Engineer", interview_on=datetime.now(UTC).date() + timedelta(days=9)))
    served.room.prep.plan.choose(ME, "thirteen", None, anew=True)
    story = served.room.prep.story.add(ME, "Last spring I built a search. It fell by 40 %.", "Search", ["a"]).story.story_id
    with served.client() as client:
        asked = drill(client, "training")
    return [
        "/", "/bank", "/bank/attention", "/bank?only=due", "/review", "/labs", "/progress", "/progress/topics/attention",
        "/progress/night-before", "/profile", "/prep/job", "/prep/cv", "/prep/plan", "/prep/company", "/prep/study/training",
        "/prep/stories", "/prep/stories/new", f"/prep/stories/{story}", "/prep/asks/recruiter", "/interview", f"/interview/{noted}",
        f"/interview/{noted}/report", f"/interview/{asked}", "/nothing-here",
    ]  # fmt: skip


DATA = {
    *forms.FORMS["de"].week,
    "Acme",
    "Engineer",
    "Search",
    "Deutsch",
    "English",
    "verbatim",
    "literal",
    "built",
    "HTML",
    "JSON",
    "Markdown",
}
"""What was typed above, names, and who graded."""


def test_every_page_speaks_through_the_catalogue(served: Served, pseudo: None) -> None:
    bank = {word for q in served.room.bank.questions() for word in re.findall(r"[^\W\d_]{2,}", q.model_dump_json())}
    with served.client(**{"accept-language": "de"}) as client:
        found = {path: sorted(set(outside(client.get(path).text)) - DATA - bank) for path in paths(served)}
    assert {path: words for path, words in found.items() if words} == {}


def test_control_what_goes_past_the_catalogue_is_seen() -> None:
    assert outside("<p>⟦Known⟧ forgotten</p>") == ["forgotten"]
    assert outside("<p>⟦Add: ⟦inner⟧ words⟧ <span lang='en'>bank</span></p>") == []


# --- which language ---


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"), ("de", "de"), ("de-AT,en;q=0.5", "de"), ("fr,de;q=0.8,en;q=0.9", "en"), ("fr", "en"), ("de;q=0", "en"), ("*", "en"),
        ("DE", "de"), ("de;q=0.5,en;q=0.5", "de"), ("de;q=x", "en"), ("de;q=inf", "en"), (",;=,de", "de"), ("../../etc/passwd", "en"),
        ("de" * 9000, "en"), ("x," * 5000 + "de", "en"), ("de\x00", "en"),
    ],
)  # fmt: skip
def test_the_browsers_list(header: str, code: str) -> None:
    assert choice.accepted(header) == code


def test_a_page_says_its_language_and_is_not_kept_for_another(served: Served) -> None:
    with served.client(**{"accept-language": "de-DE,de;q=0.9"}) as client:
        page = client.get("/")
        assert '<html lang="de">' in page.text and "Sag es hier, bevor du es dort sagst." in page.text
        assert page.headers["content-language"] == "de"
        vary = {each.strip().lower() for each in page.headers["vary"].split(",")}
        assert {"accept-language", "cookie"} <= vary and page.headers["cache-control"] == "no-store"
        assert (
            "vary" not in client.get(render.asset("icon.svg")).headers
            or "cookie" not in client.get(render.asset("icon.svg")).headers["vary"]
        )
        assert client.get("/api/bank/none").json()["error"] == "Es gibt keine Frage „none“."
        assert client.get("/", headers={"host": "evil.example"}).text.count("antwortet greenroom nicht") >= 1, "the guard's refusals too"
    with served.client() as client:
        assert '<html lang="en">' in client.get("/").text and "data-words" not in client.get("/").text


def test_the_choice_stays_and_goes_back_to_its_page(served: Served) -> None:
    with served.client(**{"accept-language": "de"}) as client:
        reply = client.post("/language", data={"language": "en"}, headers={"referer": f"{served.url}/bank?topic=training"})
        assert (reply.status_code, reply.headers["location"]) == (303, "/bank?topic=training")
        cookie = reply.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie and "max-age=31536000" in cookie
        assert '<html lang="en">' in client.get("/").text, "over the browser's own"
        client.post("/language", data={"language": "de"})
        assert '<html lang="de">' in client.get("/bank").text


@pytest.mark.parametrize("code", ["fr", "../de", "de/../en", "", "de;x", "<b>", "en\r\nx: y", "xx" * 200])
def test_hostile_languages_are_ignored(served: Served, code: str) -> None:
    with served.client() as client:
        reply = client.post("/language", data={"language": code})
        assert reply.status_code == 422 and "set-cookie" not in reply.headers
        if code.isprintable():
            page = client.get("/", headers={"cookie": f'{choice.COOKIE}="{code}"', "accept-language": "de"})
            assert page.status_code == 200 and '<html lang="de">' in page.text
            assert code not in ("<b>",) or "<b>&" not in page.text


@pytest.mark.parametrize(
    "referer",
    [
        None, "", "https://evil.example/", "http://[", "//evil.example", "javascript:alert(1)", "http://room//evil.example",
        "http://room/\\evil", "http://room/api/x",
    ],
)  # fmt: skip
def test_no_way_back_leads_out(referer: str | None) -> None:
    assert choice.back(referer, "room") == "/"


# --- scripts, and what is judged ---


def test_scripts_get_their_words(served: Served) -> None:
    with catalogue.speaking("de"):
        handed = scripts.words("app.js", "interview.js", "voice.js")
    assert '"Draft saved": "Entwurf gespeichert"' in handed
    assert scripts.words("app.js") == ""
    with served.client(**{"accept-language": "de"}) as client:
        page = client.get(f"/interview/{drill(client)}").text
    found = re.search(r'data-words="([^"]*)"', page)
    assert found and "Entwurf gespeichert" in html.unescape(found[1])


def test_no_sentence_of_a_script_goes_past_its_words() -> None:
    for path in (WEB / "static").glob("*.js"):
        text = re.sub(r"//.*|\bt\(\"(?:[^\"\\]|\\.)*\"", "", path.read_text("utf-8"))
        assert re.findall(r"[\"`][A-Z][a-z]+ [a-z][^\"`]*[\"`]", text) == [], path.name
    assert re.findall(r"[\"`][A-Z][a-z]+ [a-z][^\"`]*[\"`]", 'say("Not through it.")'), "control"


def test_it_is_said_that_english_is_judged(served: Served) -> None:
    with served.client(**{"accept-language": "de"}) as client:
        page = client.get(f"/interview/{drill(client)}").text
        assert page.count("Antworten werden auf Englisch bewertet") == 1
    with served.client() as client:
        session_id = drill(client)
        assert "Answers are judged in English" not in client.get(f"/interview/{session_id}").text
        form(client, f"/interview/{session_id}/end")


def test_what_is_quoted_stands_between_the_marks_of_the_language(served: Served) -> None:
    path = f"/interview/{answered(served, f'{said(served.room)} It cleans all data.').session.session_id}/report"
    marks = {}
    for code in ("de", "en"):
        with served.client(**{"accept-language": code}) as client:
            page = client.get(path).text
        marks[code] = ("„" in page, "”" in page)
    assert marks == {"de": (True, False), "en": (False, True)}
