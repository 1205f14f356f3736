"""A connected model looks at a person's own picture: what is read of a file and what is cut out of it, what is sent where and in which
order, what is made of a reply, and servers that misbehave. The server is a real one on loopback."""

from __future__ import annotations

import importlib.util
import json
import struct
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from labs_photos import ADOBE, FRAME, LARGE, LOSSY, PHOTO, PHOTO_WEBP, PICTURE, SCAN, SECRET, TABLES, chunk, riff, with_chunks

from greenroom.errors import ChatAwayError, ChatError, GreenroomError, InputError, LabError, LabsBusyError, TooLargeError
from greenroom.labs import seeing
from greenroom.labs.photo import FILE_LIMIT, JPEG, PNG, WEBP, kind_of, png_of, read_photo
from greenroom.labs.seeing import MOST_THINGS, NONE, Look, Said, Spotted, labels_of, look, read, sitters
from greenroom.llm.chat import Ask, Scripted
from greenroom.room import Room
from greenroom.settings import Settings


def borrowed(folder: str, name: str) -> Any:
    """A module that the tests of another folder share."""
    spec = importlib.util.spec_from_file_location(f"own_picture_{name}", Path(__file__).parents[1] / folder / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


serving = borrowed("llm", "chat_serving")

# --- The file ---


@pytest.mark.parametrize(
    ("data", "kind"),
    [(with_chunks(chunk(b"tEXt", SECRET), chunk(b"eXIf", SECRET)), PNG), (PHOTO, JPEG), (PHOTO_WEBP, WEBP)],
    ids=["png", "jpeg", "webp"],
)
def test_only_the_picture_leaves_the_file(data: bytes, kind: str) -> None:
    assert SECRET in data, "control"
    found = read_photo(data)
    assert (found.media_type, found.width, found.height) == (kind, 40, 30)
    assert SECRET not in found.data and b"Exif" not in found.data and found.cut == len(data) - len(found.data) > 40
    again = read_photo(found.data)
    assert again.data == found.data and again.cut == 0, "what is left is a whole picture"


def test_what_the_pixels_need_stays() -> None:
    assert read_photo(PICTURE).data == PICTURE
    kept = read_photo(PHOTO).data
    assert kept == b"\xff\xd8" + ADOBE + TABLES + FRAME + SCAN + b"\xff\xd9"
    assert read_photo(riff((b"VP8 ", LOSSY))).data == riff((b"VP8 ", LOSSY))
    lossless = b"\x2f" + (39 | 29 << 14).to_bytes(4, "little") + bytes(4)
    assert read_photo(riff((b"VP8L", lossless)))[1:3] == (40, 30)
    assert read_photo(PHOTO_WEBP).data[20] == 0, "and no flag says that there is more"


def test_the_kind_is_told_by_the_content() -> None:
    assert [kind_of(each) for each in (PICTURE, PHOTO, PHOTO_WEBP, b"GIF89a", b"<svg/>", b"")] == [PNG, JPEG, WEBP, None, None, None]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no picture"), (b"GIF89a" + b"\0" * 40, "no picture"), (b"<svg onload=alert(1)>", "no picture"), (b"%PDF-1.7", "no picture"),
        (PICTURE[:-6], "damaged"), (PICTURE[:8], "damaged"), (PICTURE[:8] + chunk(b"IEND", b""), "damaged"),
        (PICTURE[:8] + struct.pack(">I", 0xFFFFFFFF) + b"IDAT", "damaged"),
        (PHOTO[:40], "damaged"), (b"\xff\xd8\xff\xd9", "damaged"), (b"\xff\xd8\xff\xe0\x00\x01", "damaged"),
        (b"\xff\xd8" + FRAME + SCAN, "damaged"), (b"\xff\xd8" + SCAN + b"\xff\xd9", "damaged"), (b"\xff\xd8" + b"\xff" * 500, "damaged"),
        (riff(), "damaged"), (PHOTO_WEBP[:-30], "damaged"), (riff((b"VP8X", LARGE), (b"ANIM", bytes(6))), "moves"),
        (riff((b"VP8X", b"\0")), "damaged"), (riff((b"VP8 ", b"\0")), "damaged"),
        (png_of(4, 4, bytes(48)), "16 to 12,000"), (PICTURE.replace(struct.pack(">I", 40), struct.pack(">I", 90_000), 1), "16 to 12,000"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_its_cure(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_photo(data)
    assert caught.value.hint


def test_a_file_that_is_too_large() -> None:
    with pytest.raises(TooLargeError):
        read_photo(PICTURE + bytes(FILE_LIMIT))


@pytest.mark.parametrize("data", [PICTURE, PHOTO, PHOTO_WEBP], ids=["png", "jpeg", "webp"])
def test_whatever_is_changed_in_it_is_read_or_refused(data: bytes) -> None:
    """A byte changed, or the end cut off, at each place."""
    for n in range(2, min(len(data), 400)):
        for changed in (data[:n] + bytes([data[n] ^ 0xFF]) + data[n + 1 :], data[:n]):
            try:
                read_photo(changed)
            except InputError as error:
                assert error.hint


# --- What is asked, and what is made of the reply ---

GOOD = {
    "label": "a table",
    "caption": "A red cup on a table.",
    "things": [{"name": "cup", "left": 10, "top": 20, "right": 30, "bottom": 60}],
}


def test_labels() -> None:
    assert labels_of(" cat ,dog,, cat") == ("cat", "dog") and labels_of(" ") == ()
    for text in ("cat", ",".join(map(str, range(20))), f"a,{'x' * 50}", "a,b\x1b[31m"):
        with pytest.raises(InputError) as caught:
            labels_of(text)
        assert caught.value.hint


def test_a_good_reply() -> None:
    said = read(GOOD, ())
    assert said == Said(label="a table", things=(Spotted(name="cup", edges=(10, 20, 30, 60)),), caption="A red cup on a table.")
    assert read({**GOOD, "label": "cat"}, ("cat", "dog")).label == "cat" and read({**GOOD, "label": NONE}, ("cat", "dog")).label == NONE


@pytest.mark.parametrize(
    "edges",
    [(90, 10, 130, 20), (-1, 0, 5, 5), (30, 10, 10, 20), (10, 10, 10, 20), ("1", 2, 3, 4), (True, 2, 3, 4), (None, 2, 3, 4),
     (0, 0, 1e400, 9)],
)  # fmt: skip
def test_a_frame_outside_the_picture_is_left_out_and_said(edges: tuple[Any, ...]) -> None:
    thing = {"name": "cup", **dict(zip(("left", "top", "right", "bottom"), edges, strict=True))}
    said = read({**GOOD, "things": [thing, *GOOD["things"]]}, ())  # type: ignore[misc]
    assert [each.edges for each in said.things] == [None, (10, 20, 30, 60)]


@pytest.mark.parametrize(
    "change",
    [{"label": 3}, {"caption": " "}, {"caption": None}, {"things": "cup"}, {"things": ["cup"]}, {"things": [{"left": 1}]},
     {"label": "bird"}],
)  # fmt: skip
def test_what_cannot_be_used_is_told_the_model(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        read({**GOOD, **change}, ("a table", "cat"))


def test_much_and_strange_text_is_cut_to_its_limits() -> None:
    things = [{"name": f"thing {n} \x1b[31m\u202e" + "x" * 400} for n in range(50)] + [{"name": " "}]
    said = read({"label": "l" * 900, "caption": "c\n" * 9000, "things": things}, ())
    assert len(said.things) == MOST_THINGS and all(len(each.name) <= 60 and each.name.isprintable() for each in said.things)
    assert len(said.label) == 40 and len(said.caption) <= 500 and "\n" not in said.caption


def answer(ask: Ask) -> str:
    """One that sees: it knows the drawn pictures, and says GOOD of others."""
    data = ask.turns[0].photos[0].data
    for each in sitters(4):
        if each.photo.data == data:
            thing, box = each.thing, each.box
            edges = dict(zip(("left", "top", "right", "bottom"), box, strict=True))
            return json.dumps({"label": thing.shape, "caption": f"A {thing.colour} {thing.shape}.", "things": [{"name": "it", **edges}]})
    return json.dumps(GOOD)


def clock() -> float:
    return 0.0


def test_drawn_pictures_first_then_the_persons_own() -> None:
    model = Scripted(answer)
    found = look(model, read_photo(PHOTO), ("a table", "cat"), 5, clock)
    photos = [ask.turns[0].photos[0] for ask in model.asks]
    assert [each.media_type for each in photos] == [PNG, PNG, JPEG] and photos[2].data == read_photo(PHOTO).data
    assert found.named == 2 and all(each.overlap == pytest.approx(1) for each in found.tests) and "sees pictures" in found.verdict
    menu = model.asks[2].schema["properties"]["label"]["enum"]
    assert menu == ["a table", "cat", NONE] and "enum" not in model.asks[0].schema["properties"]["label"]
    assert [each.edges for each in found.said.things] == [(10, 20, 30, 60)] and found.box(found.said.things[0]) == (4, 6, 12, 18)


def test_one_that_never_looks_is_told_from_one_that_does() -> None:
    blind = look(Scripted(json.dumps(GOOD)), read_photo(PICTURE), (), 5, clock)
    assert blind.named == 0 and "invented" in blind.verdict
    lucky = blind.model_copy(update={"tests": (blind.tests[0].model_copy(update={"named": True}), blind.tests[1])})
    assert "a guess may do as well" in lucky.verdict, "one of two is named by chance in one of eight"


def test_one_that_names_every_colour_and_shape_has_seen_nothing() -> None:
    """Whoever says everything is always right; and a word counts whole: what is reduced is not red, and who crosses is no cross."""
    said = {**GOOD, "caption": "Red, green, blue and yellow squares, circles, triangles and crosses."}
    blind = look(Scripted(json.dumps(said)), read_photo(PICTURE), (), 5, clock)
    assert blind.named == 2 and {each.luck for each in blind.tests} == {1.0} and "a guess may do as well" in blind.verdict
    said["caption"] = "Reduced, greenhouse, blues, yellowed; crossing, squarely, dotted."
    assert look(Scripted(json.dumps(said)), read_photo(PICTURE), (), 5, clock).named == 0


def test_the_drawn_pictures_are_pictures_and_hold_what_they_are_said_to() -> None:
    for each in sitters(4):
        assert read_photo(each.photo.data)[:3] == (PNG, 256, 256)
    assert len({each.thing.shape for each in sitters(4)}) == 4 and sitters(2)[0].photo == sitters(2)[0].photo


def test_a_bad_reply_is_sent_back_once_with_the_picture() -> None:
    replies = iter(["It is a table.", json.dumps(GOOD)])
    model = Scripted(lambda ask: next(replies))
    assert look(model, read_photo(PICTURE), (), 5, clock, tests=0).said.label == "a table"
    assert model.asks[1].turns[0].photos and "no JSON object" in model.asks[1].turns[2].text
    with pytest.raises(ChatError, match="does not reply with the JSON"):
        look(Scripted("never"), read_photo(PICTURE), (), 5, clock)


# --- Over the network, and in the room ---


@pytest.fixture
def server() -> Iterator[Any]:
    with serving.ChatServer() as found:
        yield found


def room_at(url: str, tmp_path: Path) -> Room:
    return Room(Settings(home=tmp_path, judge_url=url, judge_model="tiny", judge_seconds=5), assess=False)


def sees(handler: Any) -> None:
    """As ``answer``, behind the protocol."""
    url = handler.body["messages"][1]["content"][1]["image_url"]["url"]
    photo = seeing.Photo(b64decode(url.partition(",")[2]), PNG)
    serving.says(answer(seeing.make_ask(photo, (), 5)))(handler)


def test_what_the_server_is_sent(server: Any, tmp_path: Path) -> None:
    server.behave = sees
    room = room_at(server.url, tmp_path)
    assert room.labs.find_eye() == f"tiny at {server.origin}"
    found = room.labs.look(PHOTO)
    assert isinstance(found, Look) and found.said.label == "a table" and found.named == 2 and found.model == f"tiny at {server.origin}"
    sent = [each.body["messages"][1]["content"][1]["image_url"]["url"] for each in server.seen]
    assert len(sent) == 3 and sent[2].startswith("data:image/jpeg;base64,")
    assert SECRET not in b64decode(sent[2].partition(",")[2])
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [], "nothing is kept"


@pytest.mark.parametrize(
    ("behave", "says", "asked"),
    [
        (serving.fails(400, "image_url is only supported by certain models"), "does not take the picture", 1),
        (serving.fails(500, "image input is not supported - hint: provide the mmproj"), "does not take the picture", 1),
        (serving.fails(404, "model 'tiny' not found"), "knows no model", 1), (serving.fails(401), "wants a key", 1),
        (serving.says("a nice picture"), "does not reply with the JSON", 2),
        (serving.says({"label": "x"}), "does not reply with the JSON", 2),
        (serving.html, "OpenAI's format", 1), (serving.redirects("http://127.0.0.1:9/v1"), "points to another address", 1),
    ],
    ids=["400", "500", "no model", "no key", "no JSON", "half of it", "html", "redirect"],
)  # fmt: skip
def test_a_server_that_misbehaves_gets_a_drawn_picture_and_never_the_persons(
    server: Any, tmp_path: Path, behave: Any, says: str, asked: int
) -> None:
    server.behave = behave
    with pytest.raises(ChatError, match=says) as caught:
        room_at(server.url, tmp_path).labs.look(PHOTO)
    assert caught.value.hint and len(server.seen) == asked
    assert not any("image/jpeg" in json.dumps(each.body) for each in server.seen)


def test_one_that_does_not_answer_in_time(server: Any, tmp_path: Path) -> None:
    server.behave = serving.silent(9)
    with pytest.raises(ChatAwayError, match="did not answer within 5 seconds"):
        room_at(server.url, tmp_path).labs.look(PICTURE)


def test_a_reply_with_frames_beside_the_picture_is_shown_without_them(server: Any, tmp_path: Path) -> None:
    thing = {"name": "cup", "left": 10, "top": 20, "right": 300, "bottom": 600}
    server.behave = serving.says({**GOOD, "things": [thing]})
    found = room_at(server.url, tmp_path).labs.look(PICTURE)
    assert [each.edges for each in found.said.things] == [None] and "invented" in found.verdict


def test_without_a_connected_model_nothing_is_sent(tmp_path: Path) -> None:
    room = Room(Settings(home=tmp_path), assess=False)
    assert room.labs.find_eye() is None
    with pytest.raises(InputError, match="No model is connected") as caught:
        room.labs.look(PICTURE)
    assert "GREENROOM_JUDGE_URL" in caught.value.hint
    half = Room(Settings(home=tmp_path, judge_url="http://127.0.0.1:9/v1"), assess=False)
    assert half.labs.find_eye() is None
    with pytest.raises(ChatAwayError, match="Half a judge"):
        half.labs.look(PICTURE)


def test_a_file_in_this_process_cannot_see(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(b"GGUF\x03\x00\x00\x00")
    with pytest.raises(ChatError, match="takes no pictures"):
        Room(Settings(home=tmp_path, judge_file=file), assess=False).labs.look(PICTURE)


def test_what_is_no_picture_is_refused_before_anything_is_sent(server: Any, tmp_path: Path) -> None:
    for data, labels in ((b"%PDF-1.7", ""), (PICTURE, "one")):
        with pytest.raises(InputError):
            room_at(server.url, tmp_path).labs.look(data, labels)
    assert server.seen == []


def test_no_more_at_once_than_labs(server: Any, tmp_path: Path) -> None:
    room = room_at(server.url, tmp_path)
    with room.labs.run("cost", {}), room.labs.run("cost", {}), pytest.raises(LabsBusyError):
        room.labs.look(PICTURE)
    server.behave = sees
    for _ in range(3):
        assert room.labs.look(PICTURE), "each gives its place back"
    server.behave = serving.fails(401)
    for _ in range(3):
        with pytest.raises(GreenroomError, match="wants a key"):
            room.labs.look(PICTURE)


def test_once_nobody_waits_nothing_more_is_sent(server: Any, tmp_path: Path) -> None:
    """The page was left, or greenroom ends, while the first drawn picture is looked at."""
    for n, end in enumerate((False, True)):
        room, there, answers = room_at(server.url, tmp_path), threading.Event(), threading.Event()
        there.set()
        leave = room.close if end else there.clear

        def behave(handler: Any, leave: Any = leave, answers: threading.Event = answers) -> None:
            leave()
            answers.wait(30)
            sees(handler)

        server.behave = behave
        with pytest.raises(LabError, match="nothing more is sent"):
            room.labs.look(PHOTO, "", there.is_set)
        assert room.labs._taken == 1, "it is not waited for the server"
        answers.set()
        deadline = time.monotonic() + 30
        while room.labs._taken and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(server.seen) == n + 1 and room.labs._taken == 0
    assert not any("image/jpeg" in json.dumps(each.body) for each in server.seen)


# --- In the terminal ---


def greenroom(tmp_path: Path, *args: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GREENROOM_HOME": str(tmp_path / "home"), "COLUMNS": "100", **more}
    command = [sys.executable, "-m", "greenroom", "labs", "picture", *args]
    return subprocess.run(command, capture_output=True, text=True, env=env, input=given, timeout=120, check=False)


def test_in_the_terminal_it_asks_before_it_sends(server: Any, tmp_path: Path) -> None:
    server.behave = sees
    (tmp_path / "p.png").write_bytes(PICTURE)
    connected = {"GREENROOM_JUDGE_URL": server.url, "GREENROOM_JUDGE_MODEL": "tiny"}
    refused = greenroom(tmp_path, str(tmp_path / "p.png"), given="n\n", **connected)
    assert refused.returncode == 1 and f"to tiny at {server.origin}?" in refused.stderr and server.seen == []
    shown = greenroom(tmp_path, str(tmp_path / "p.png"), "--yes", **connected)
    assert shown.returncode == 0 and "A red cup on a table." in shown.stdout and "10 to 30% from the left" in shown.stdout
    found = json.loads(greenroom(tmp_path, str(tmp_path / "p.png"), "--yes", "--json", **connected).stdout)
    assert found["said"]["label"] == "a table" and len(server.seen) == 6
    alone = greenroom(tmp_path, str(tmp_path / "p.png"))
    assert alone.returncode == 1 and "No model is connected" in alone.stderr
