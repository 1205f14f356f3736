"""A take from the first sound to the words that are kept; what is kept of its sound, and for whom."""

from __future__ import annotations

import socket
import threading
import uuid
from collections.abc import Iterator

import pytest
from voice_sounds import louder, noise, silence

from greenroom.errors import ConflictError, InputError, NotFoundError, VoiceBusyError, VoiceError
from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup
from greenroom.room import LOCAL_OWNER, Parts, Room
from greenroom.room.voice import AT_ONCE
from greenroom.room.voice import session as speaking
from greenroom.voice.heard import BYTES_A_SECOND, Heard
from greenroom.voice.listener import Listener, Scripted
from greenroom.web.middleware import SECURITY_HEADERS
from greenroom.web.render import STATIC

ME = LOCAL_OWNER
SAID = "attention weighs the context and the softmax makes the weights sum to one"
Start = tuple[Room, str, str]


def room_with(parts: Parts, listener: Listener) -> Room:
    return Room(parts.settings, Parts(parts.settings, given=parts.given, listener=listener))


def asked(room: Room) -> tuple[str, str]:
    session = room.interview.start(ME, Setup(mode="drill", question_ids=("attention",))).session
    return session.session_id, session.turns[0].turn_id


@pytest.fixture
def start(literal_parts: Parts) -> Iterator[Start]:
    with room_with(literal_parts, Scripted(SAID)) as room:
        yield room, *asked(room)


def test_sound_in_pieces_becomes_words_that_are_kept(start: Start) -> None:
    room, session_id, turn_id = start
    take = room.voice.begin(ME, session_id, turn_id)
    sound = noise(6)
    for at in range(0, len(sound), 32_000):
        view = room.voice.add(ME, take.take_id, at, sound[at : at + 32_000])
    assert view.received == len(sound) and not view.done
    room.voice.end(ME, take.take_id)
    done = room.voice.look(ME, take.take_id, 10)
    assert done.done and done.text == " ".join(SAID.split()[:12]) and done.open == "" and done.speech
    (kept,) = room.voice.takes(ME, session_id, turn_id)
    assert kept.seconds == 6.0 and kept.recogniser == "scripted" and len(kept.words) == 12
    assert not (room.settings.home / "voice").exists(), "no sound is kept unless it is asked for"


def test_a_piece_sent_twice_counts_once_and_a_hole_is_refused(start: Start) -> None:
    room, session_id, turn_id = start
    take_id = room.voice.begin(ME, session_id, turn_id).take_id
    assert room.voice.add(ME, take_id, 0, noise(1)).received == 32_000
    assert room.voice.add(ME, take_id, 0, noise(1)).received == 32_000
    assert room.voice.add(ME, take_id, 16_000, noise(1)).received == 48_000
    with pytest.raises(ConflictError, match="missing before byte 50000") as caught:
        room.voice.add(ME, take_id, 50_000, noise(1))
    assert "byte 48000" in caught.value.hint
    for at, sound in ((1, noise(1)), (0, b"odd")):
        with pytest.raises(InputError, match="16 bits"):
            room.voice.add(ME, take_id, at, sound)


def test_another_owner_reaches_neither_take_nor_sound(start: Start) -> None:
    room, session_id, turn_id = start
    take_id = room.voice.begin(ME, session_id, turn_id, keep=True).take_id
    room.voice.add(ME, take_id, 0, noise(3))
    room.voice.end(ME, take_id)
    assert room.voice.look(ME, take_id, 10).done
    for reach in (room.voice.look, room.voice.end, room.voice.recordings.get):
        with pytest.raises(NotFoundError):
            reach("other", take_id)
    assert not room.voice.forget("other", take_id) and room.voice.recordings.get(ME, take_id).exists()
    for name in ("../../etc/passwd", "..", "a" * 31, "A" * 32, f"{take_id}.wav"):
        with pytest.raises(NotFoundError):
            room.voice.recordings.get(ME, name)


def test_sound_kept_on_request_and_all_of_it_deleted(start: Start) -> None:
    room, session_id, turn_id = start
    take_id = room.voice.begin(ME, session_id, turn_id, keep=True).take_id
    room.voice.add(ME, take_id, 0, noise(3))
    assert room.voice.recordings.find(ME, take_id) is None, "it has no name before it is whole"
    room.voice.end(ME, take_id)
    room.voice.look(ME, take_id, 10)
    file = room.voice.recordings.get(ME, take_id)
    assert file.read_bytes()[44:] == noise(3) and file.stat().st_mode & 0o077 == 0
    assert room.voice.recordings.forget_all("other") == 0 and file.exists()
    assert room.voice.recordings.forget_all(ME) == 1 and not file.exists()
    assert room.voice.takes(ME, session_id, turn_id), "the words stay"


def test_nothing_said_keeps_nothing(start: Start) -> None:
    room, session_id, turn_id = start
    take_id = room.voice.begin(ME, session_id, turn_id, keep=True).take_id
    room.voice.add(ME, take_id, 0, silence(12))
    room.voice.end(ME, take_id)
    view = room.voice.look(ME, take_id, 10)
    assert view.done and view.silent and not view.speech and view.text == ""
    assert room.voice.recordings.find(ME, take_id) is None and not room.voice.takes(ME, session_id, turn_id)


def test_too_loud_is_seen_and_loud_is_not(start: Start) -> None:
    room, session_id, turn_id = start
    for times, clipped in ((40, True), (1, False)):
        take_id = room.voice.begin(ME, session_id, turn_id).take_id
        assert room.voice.add(ME, take_id, 0, louder(noise(1), times)).clipped is clipped


def test_a_take_stops_at_its_longest_and_keeps_what_came(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "LONGEST_SECONDS", 4)
    room, session_id, turn_id = start
    take_id = room.voice.begin(ME, session_id, turn_id).take_id
    view = room.voice.add(ME, take_id, 0, noise(10))
    assert view.full and view.ended and view.received == 4 * BYTES_A_SECOND
    assert room.voice.look(ME, take_id, 10).done and room.voice.takes(ME, session_id, turn_id)[0].seconds == 4.0
    assert room.voice.add(ME, take_id, view.received, noise(1)).received == view.received


def test_no_more_takes_at_once_than_may_be(start: Start) -> None:
    room, session_id, turn_id = start
    takes = [room.voice.begin(ME, session_id, turn_id) for _ in range(AT_ONCE)]
    with pytest.raises(VoiceBusyError):
        room.voice.begin(ME, session_id, turn_id)
    room.voice.end(ME, takes[0].take_id)
    assert room.voice.look(ME, takes[0].take_id, 10).done
    room.voice.begin(ME, session_id, turn_id)


def test_only_an_open_question_can_be_spoken_to(start: Start) -> None:
    room, session_id, turn_id = start
    room.interview.skip(ME, session_id, turn_id)
    with pytest.raises(ConflictError, match="answered or skipped"):
        room.voice.begin(ME, session_id, turn_id)
    with pytest.raises(NotFoundError):
        room.voice.begin(ME, session_id, "nowhere")


class Breaking:
    """Hears the first piece, then breaks down."""

    name = "breaking"

    def __init__(self) -> None:
        self.heard, self.broke = 0, threading.Event()

    def listen(self, sound: bytes, prompt: str) -> Heard:
        self.heard += 1
        if self.heard > 1:
            self.broke.set()
            raise VoiceError("The process that recognises speech ended by itself.")
        return Scripted(SAID).listen(sound, prompt)


def test_a_recogniser_that_breaks_leaves_what_was_settled(literal_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "cut_at", lambda heard, seconds, ended: seconds)
    listener = Breaking()
    with room_with(literal_parts, listener) as room:
        session_id, turn_id = asked(room)
        take_id = room.voice.begin(ME, session_id, turn_id).take_id
        room.voice.add(ME, take_id, 0, noise(2))
        while room.voice.look(ME, take_id).settled == 0:
            pass
        room.voice.add(ME, take_id, 2 * BYTES_A_SECOND, noise(2))
        assert listener.broke.wait(10)
        view = room.voice.look(ME, take_id, 10)
        assert view.done and view.error and "ended by itself" in view.error and view.hint
        assert view.text == " ".join(SAID.split()[:4]) and room.voice.takes(ME, session_id, turn_id)


def test_the_glossary_of_the_question_reaches_the_recogniser(literal_parts: Parts) -> None:
    class Noting(Scripted):
        prompts: list[str] = []  # noqa: RUF012

        def listen(self, sound: bytes, prompt: str) -> Heard:
            self.prompts.append(prompt)
            return super().listen(sound, prompt)

    listener = Noting(SAID)
    with room_with(literal_parts, listener) as room:
        session_id, turn_id = asked(room)
        take_id = room.voice.begin(ME, session_id, turn_id).take_id
        room.voice.add(ME, take_id, 0, noise(2))
        room.voice.end(ME, take_id)
        room.voice.look(ME, take_id, 10)
    assert listener.prompts and "softmax" in listener.prompts[0]


def _answered(parts: Parts, probability: float, text: str | None = None) -> tuple[Room, str, str]:
    """An answer of the first point of the rubric, spoken (or, with ``text``, typed over) and judged."""
    first = Room(parts.settings, parts)
    said = first.bank.get("attention").points()[0].says[0]
    room = room_with(parts, Scripted(said, probability)).open()
    session_id, turn_id = asked(room)
    take_id = room.voice.begin(ME, session_id, turn_id).take_id
    room.voice.add(ME, take_id, 0, noise(len(said.split()) / 2 + 0.4))
    room.voice.end(ME, take_id)
    heard = room.voice.look(ME, take_id, 10).text
    answer_id = "0123456789abcdef"
    room.interview.answer(ME, session_id, Submission(submission_id=answer_id, turn_id=turn_id, text=text or heard))
    room.interview.wait(ME, answer_id, 90)
    room.interview.rate(ME, session_id, turn_id, 3)
    return room, session_id, answer_id


@pytest.mark.parametrize(
    ("probability", "status", "noted"), [(0.95, "assessed", False), (0.7, "assessed", True), (0.3, "abstained", False)]
)
def test_complaint_garbage_speech_recognition_graded_as_incompetence(
    literal_parts: Parts, probability: float, status: str, noted: bool
) -> None:
    room, session_id, answer_id = _answered(literal_parts, probability)
    with room:
        found = room.interview.wait(ME, answer_id, 0).assessment
        assert found is not None and found.status == status
        assert any("hard to make out" in note for note in found.notes) is noted
        assert len(room.voice.spoken(ME, session_id)) == 1


def test_a_typed_answer_after_a_bad_take_is_judged_as_typed_and_has_no_delivery(literal_parts: Parts) -> None:
    typed = "Each token looks at every other one and takes a weighted mean of what they hold."
    room, session_id, answer_id = _answered(literal_parts, 0.3, typed)
    with room:
        found = room.interview.wait(ME, answer_id, 0).assessment
        assert found is not None and found.status == "assessed" and room.voice.spoken(ME, session_id) == {}


OF_THE_PERSON = (
    "body language",
    "eye contact",
    "posture",
    "gesture",
    "facial",
    "appear",
    "nervous",
    "self-confident",
    "charis",
    "accent",
    "enthusias",
)


def _report_of(parts: Parts, sound: bytes, words: str = f"{SAID} {SAID} {SAID}") -> tuple[object, str]:
    """The figures of a spoken answer, and all that is said of it, in every form."""
    with room_with(parts, Scripted(words)) as room:
        session_id, turn_id = asked(room)
        take_id = room.voice.begin(ME, session_id, turn_id).take_id
        room.voice.add(ME, take_id, 0, sound)
        room.voice.end(ME, take_id)
        text = room.voice.look(ME, take_id, 10).text
        answer_id = uuid.uuid4().hex
        room.interview.answer(ME, session_id, Submission(submission_id=answer_id, turn_id=turn_id, text=text))
        room.interview.wait(ME, answer_id, 90)
        room.interview.rate(ME, session_id, turn_id, 3)
        room.interview.end(ME, session_id)
        papers = [room.interview.paper(ME, session_id, form).text for form in ("md", "json")]
        return room.voice.spoken(ME, session_id)[turn_id].delivery, "\n".join(papers).lower()


def test_complaint_invented_body_language_verdicts(literal_parts: Parts) -> None:
    """Times of words are all that is looked at: loud or soft, the same words at the same pace are the same delivery, and nothing is said of
    how somebody looks or is."""
    soft, loud = (_report_of(literal_parts, sound) for sound in (noise(21, 0.02), louder(noise(21), 8)))
    assert soft[0] is not None and soft[0] == loud[0]
    said = soft[1] + loud[1]
    assert [word for word in OF_THE_PERSON if word in said] == []
    slow, _ = _report_of(literal_parts, noise(21), " ".join(SAID.split() * 2))
    assert slow is not None and slow != soft[0], "control: other words in that time are another pace"


def test_complaint_cloud_only_voice(literal_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer aloud, from the first sound to the debrief, with every way out of the machine closed."""
    tried: list[object] = []

    def closed(self: socket.socket, address: object) -> None:
        tried.append(address)
        raise OSError("no network")

    monkeypatch.setattr(socket.socket, "connect", closed)
    monkeypatch.setattr(socket.socket, "connect_ex", closed)
    delivery, _ = _report_of(literal_parts, noise(21))
    assert delivery is not None and tried == []
    with pytest.raises(OSError, match="no network"):
        socket.create_connection(("192.0.2.1", 443))
    assert tried, "control: whoever tried would be seen"


def test_complaint_cloud_only_voice_in_the_page() -> None:
    """No script hands the microphone to the browser's own recogniser, which may send it away, and the page lets none reach another host."""
    scripts = {path.name: path.read_text() for path in STATIC.rglob("*.js")}
    assert "getUserMedia" in scripts["mic.js" if "mic.js" in scripts else "voice.js"], "control: where the microphone is opened"
    assert [name for name, text in scripts.items() if "SpeechRecognition" in text] == []
    policy = SECURITY_HEADERS["content-security-policy"]
    assert "default-src 'self'" in policy and "connect-src" not in policy
