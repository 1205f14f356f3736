"""The chat client against a real server on loopback that misbehaves in each way: one clear sentence with its cure, in bounded time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from chat_serving import ChatServer, Handler, completion, cut_off, dripping, endless, fails, html, in_turn, redirects, says, silent
from pydantic import SecretStr

from greenroom.errors import ChatAwayError, ChatError, GreenroomError, InputError, OutboundError
from greenroom.llm.chat import Ask, Scripted, Turn, ask_json, parse_object
from greenroom.llm.openai import REPLY_LIMIT, OpenAIChat
from greenroom.outbound import Outbound, parse_origin

KEY = "sk-canary-5f1c9a77"
GOOD = {"verdict": "missed", "quote": ""}


def ask(seconds: float = 5.0) -> Ask:
    return Ask("Reply with JSON.", (Turn("user", "Is it so?"),), {"type": "object"}, seed=3, temperature=0.5, seconds=seconds)


def chat(server: ChatServer, waits: list[float] | None = None, key: str | None = KEY) -> OpenAIChat:
    secret = None if key is None else SecretStr(key)
    return OpenAIChat(server.url, "tiny", lambda origin: secret, sleep=(waits if waits is not None else []).append)


def fault(server: ChatServer, seconds: float = 5.0) -> GreenroomError:
    with pytest.raises(ChatError) as caught:
        chat(server).chat(ask(seconds))
    assert caught.value.hint and KEY not in f"{caught.value!r} {caught.value.hint}"
    return caught.value


def test_it_asks_as_the_protocol_says(server: ChatServer) -> None:
    server.behave = says(GOOD)
    assert chat(server).chat(ask()) == '{"verdict": "missed", "quote": ""}'
    (seen,) = server.seen
    assert seen.path == "/v1/chat/completions" and seen.headers["authorization"] == f"Bearer {KEY}"
    assert [message["role"] for message in seen.body["messages"]] == ["system", "user"]
    assert seen.body["response_format"]["type"] == "json_schema" and seen.body["max_tokens"] == 400 and seen.body["seed"] == 3


def test_without_a_key_none_is_sent(server: ChatServer) -> None:
    chat(server, key=None).chat(ask())
    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize(
    ("behave", "word"),
    [
        (fails(404, "model 'tiny' not found"), "knows no model “tiny”"),
        (fails(401, f"Incorrect API key provided: {KEY}"), "refuses the key"),
        (fails(403), "refuses the key"),
        (fails(400, f"nothing like that, {KEY}"), "refuses the request (400)"),
        (html, "OpenAI's format"),
        (says("", "stop"), "replied with nothing"),
        (says("{", "length"), "did not come to an end"),
        (endless, "longer than 256,000 bytes"),
        (cut_off, "broke off"),
    ],
    ids=["wrong model", "wrong key", "forbidden", "bad request", "html", "empty", "too long", "endless", "cut off"],
)
def test_each_misbehaviour_is_one_sentence_with_its_cure(server: ChatServer, behave: object, word: str) -> None:
    server.behave = behave  # type: ignore[assignment]
    found = fault(server)
    assert word in found.message and "\n" not in found.message


def test_a_closed_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(ChatAwayError, match="cannot be reached"):
        OpenAIChat(f"http://127.0.0.1:{port}/v1", "tiny", lambda origin: None).chat(ask())


def test_no_such_host() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    outbound = Outbound("https://judge.invalid", nowhere)
    with pytest.raises(ChatAwayError, match=r"there is no such host"):
        OpenAIChat("https://judge.invalid/v1", "tiny", lambda origin: None, outbound).chat(ask())


@pytest.mark.parametrize("behave", [silent(4), dripping("head", 4), dripping("body", 4)], ids=["silent", "slow head", "slow body"])
def test_one_clock_for_the_whole_exchange(server: ChatServer, behave: object) -> None:
    server.behave = behave  # type: ignore[assignment]
    started = time.monotonic()
    found = fault(server, seconds=0.6)
    assert "did not answer within 1 seconds" in found.message and time.monotonic() - started < 2


@pytest.mark.parametrize("where", ["head", "body"])
def test_control_a_limit_on_each_read_is_no_limit(server: ChatServer, where: str) -> None:
    """What httpx alone offers: every byte starts its clock anew."""
    server.behave = dripping(where, 1.5)
    started = time.monotonic()
    with contextlib.suppress(httpx2.HTTPError), httpx2.Client(trust_env=False) as plain:
        plain.post(server.url, json={}, timeout=0.6)
    assert time.monotonic() - started > 1.2


@pytest.fixture
def sluggish() -> Iterator[str]:
    """A server that takes in what it is sent little by little, and so does not let the sender finish; gone after four seconds."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            until = time.monotonic() + 4
            with contextlib.suppress(OSError), listening.accept()[0] as taken:
                while time.monotonic() < until and taken.recv(200_000):
                    time.sleep(0.1)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "control"])
def test_the_clock_runs_while_it_sends_too(sluggish: str, ours: bool) -> None:
    body, started = bytes(50_000_000), time.monotonic()
    if ours:
        with pytest.raises(OutboundError, match="did not answer within 1 seconds"):
            Outbound(sluggish).post("/", body, {}, seconds=1, limit=10)
    else:
        with contextlib.suppress(httpx2.HTTPError), httpx2.Client(trust_env=False) as plain:
            plain.post(sluggish, content=body, timeout=1)
    assert (time.monotonic() - started < 2) is ours


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_tried_again(server: ChatServer, status: int) -> None:
    server.behave = in_turn(fails(status), fails(status), says(GOOD))
    waits: list[float] = []
    assert chat(server, waits).chat(ask())
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize("status", [429, 500])
def test_one_that_stays_is_said(server: ChatServer, status: int) -> None:
    server.behave = fails(status, "quota\n exhausted")
    found = fault(server)
    assert str(status) in found.message and "quota exhausted" in found.message and len(server.seen) == 3


def test_retry_after_is_kept_to_when_it_is_short(server: ChatServer) -> None:
    server.behave = in_turn(fails(429, retry_after="2"), says(GOOD))
    waits: list[float] = []
    chat(server, waits).chat(ask())
    assert waits == [2.0]


NEVER = "Mon, 01 Jan 2020 00:00:00 +99999999999999999999"
IN_AN_HOUR = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize(
    "value", ["3600", "1e300", IN_AN_HOUR, NEVER], ids=["seconds", "beyond any wait", "a date", "a date of no calendar"]
)
def test_a_long_one_is_not_waited_for(server: ChatServer, value: str) -> None:
    server.behave = fails(429, retry_after=value)
    waits: list[float] = []
    with pytest.raises(ChatAwayError, match="429"):
        chat(server, waits).chat(ask())
    assert all(wait <= 1 for wait in waits)


def test_a_parameter_that_a_server_refuses_is_left_out(server: ChatServer) -> None:
    fussy = fails(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'; 'temperature' must be 1."), says(GOOD)
    server.behave = in_turn(*fussy)
    chat(server).chat(ask())
    assert "max_tokens" not in server.seen[1].body and server.seen[1].body["max_completion_tokens"] == 400
    assert "temperature" not in server.seen[1].body and "seed" in server.seen[1].body


def test_each_refusal_is_learned_from_however_many_there_are(server: ChatServer) -> None:
    """A fussy server names them one at a time; that is no fault of the moment and uses up no try."""
    names = ("temperature", "seed", "response_format", "max_tokens")
    server.behave = in_turn(*(fails(400, f"unsupported: {name}") for name in names), fails(503), says(GOOD))
    assert chat(server, []).chat(ask()) and not set(names) & set(server.seen[-1].body)
    server.behave = fails(400, "unsupported: temperature")
    assert "refuses the request (400)" in fault(server).message, "control: one that was left out already is no reason to go on"
    assert len(server.seen) == 6 + 2


def test_asks_under_way_together_all_learn(server: ChatServer) -> None:
    """The second is refused for what the first has learned in the meantime."""
    both = threading.Barrier(2, timeout=5)

    def fussy(handler: Handler) -> None:
        if "temperature" in handler.body:
            both.wait()
            fails(400, "unsupported: temperature")(handler)
        else:
            says(GOOD)(handler)

    server.behave = fussy
    model = chat(server)
    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(model.chat, [ask(), ask()])) and len(server.seen) == 4


def test_what_a_server_says_can_be_written_anywhere(server: ChatServer) -> None:
    said = "half \ud800 a pair, \x1b[31m red, \x00, \u202e turned"
    server.behave = fails(400, said)
    found = fault(server).message
    assert "half a pair, [31m red, , turned" in found and found.encode()
    with pytest.raises(UnicodeEncodeError):
        said.encode()  # control


def test_two_paths_of_one_origin_are_two_models(server: ChatServer) -> None:
    """Opinions are kept under the name: those of one must not be taken for the other's."""
    names = [OpenAIChat(f"{server.origin}{path}", "tiny", lambda origin: None).name for path in ("/v1", "/v1/", "/a/v1", "/b/v1", "")]
    assert names[0] == names[1] == f"tiny at {server.origin}" and len(set(names)) == 4


def test_a_redirect_does_not_carry_the_key_away(server: ChatServer) -> None:
    with ChatServer() as other:
        server.behave = redirects(f"{other.url}/chat/completions")
        assert "points to another address" in fault(server).message
        assert other.seen == []


def test_control_a_client_that_follows_does(server: ChatServer) -> None:
    """With the key among the client's own headers, as a careless client would have it."""
    with ChatServer() as other:
        server.behave = redirects(f"{other.url}/chat/completions")
        with httpx2.Client(follow_redirects=True, headers={"x-api-key": KEY}, trust_env=False) as careless:
            careless.post(server.url, json={})
        assert other.seen[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://API.example.org/v1", "https://api.example.org"),
        ("https://api.example.org:443", "https://api.example.org"),
        ("https://api.example.org:8443/v1/", "https://api.example.org:8443"),
        ("http://localhost:11434/v1", "http://localhost:11434"),
        ("http://[::1]:80/v1", "http://[::1]"),
        ("http://127.3.2.1/v1", "http://127.3.2.1"),
    ],
)
def test_an_origin_has_one_spelling(url: str, origin: str) -> None:
    assert parse_origin(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.org/v1", "http://127.0.0.1.example.org", "http://192.168.1.2:11434", "http://localhost.example.org", "http://0.0.0.0",
        "https://me:secret@api.example.org", "https://api.example.org/v1?key=1", "https://a b.org", "https://api.example.org\r\nx: y",
        "ftp://api.example.org", "file:///etc/passwd", "api.example.org", "https://", "https://[::1", "https://x:99999", "", "x" * 3000,
    ],
)  # fmt: skip
def test_what_a_key_must_not_be_sent_to_is_refused(url: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_origin(url)
    assert caught.value.hint and "secret" not in caught.value.message


def test_a_name_of_this_machine_that_leads_elsewhere_is_not_connected_to() -> None:
    """A hosts file or a resolver may say anything: the address is looked up once, and checked."""
    asked: list[str] = []

    def elsewhere(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.7"]

    with pytest.raises(OutboundError, match="is not this machine"):
        Outbound("http://localhost:1", elsewhere).post("/", b"", {}, seconds=2, limit=10)
    assert asked == ["localhost"]


def test_all_addresses_of_a_name_are_tried(server: ChatServer) -> None:
    port = server.origin.rpartition(":")[2]
    out = Outbound(f"http://localhost:{port}", lambda host, port: ["::1", "127.0.0.2", "127.0.0.1"])
    assert out.post("/v1", b"{}", {}, seconds=5, limit=REPLY_LIMIT).status == 200


def test_an_address_that_swallows_everything_does_not_take_the_time_of_the_others(server: ChatServer) -> None:
    """As with a name of two addresses on a machine whose IPv6 leads nowhere. A full queue drops what knocks, without a word."""
    port = int(server.origin.rpartition(":")[2])
    with contextlib.ExitStack() as open_ones:
        full = open_ones.enter_context(socket.socket())
        full.bind(("127.0.0.2", port))
        full.listen(0)
        for _ in range(4):
            knocking = open_ones.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(("127.0.0.2", port))
        for addresses, works in ((["127.0.0.2", "127.0.0.1"], True), (["127.0.0.2"], False)):
            out = Outbound(f"http://localhost:{port}", lambda host, port, found=addresses: found)  # type: ignore[misc]
            with contextlib.nullcontext() if works else pytest.raises(OutboundError, match="did not answer"):
                assert out.post("/v1", b"{}", {}, seconds=2, limit=REPLY_LIMIT).status == 200


def test_a_cookie_is_not_brought_back(server: ChatServer) -> None:
    server.behave = lambda handler: handler.reply(200, completion("{}"), set_cookie="who=you; Max-Age=9999; Path=/")
    out = Outbound(server.origin)
    for _ in range(2):
        out.post("/v1", b"{}", {}, seconds=5, limit=REPLY_LIMIT)
    assert "cookie" not in server.seen[1].headers
    with httpx2.Client(trust_env=False) as plain:
        for _ in range(2):
            plain.post(server.url, json={})
    assert server.seen[3].headers["cookie"] == "who=you", "control"


def test_proxies_of_the_environment_are_not_used(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
        monkeypatch.setenv("no_proxy", "")
        chat(server).chat(ask())
        assert len(server.seen) == 1 and proxy.seen == []


def test_json_is_found_in_what_models_write() -> None:
    for text in ('{"a": 1}', '```json\n{"a": 1}\n```', '<think>{"a": 2}</think> Here: {"a": 1}'):
        assert parse_object(text) == {"a": 1}
    for text in ("", "no", '{"a": NaN}', "[1]", '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", '{"a": 1'):
        with pytest.raises(ValueError, match=r"it (is|holds)|not JSON"):
            parse_object(text)


def test_a_reply_that_cannot_be_used_is_sent_back_once() -> None:
    replies = iter(["Sure! It is missed.", '{"a": 1}'])
    model = Scripted(lambda ask: next(replies))
    assert ask_json(model, ask(), dict, time.monotonic) == {"a": 1}
    assert [turn.role for turn in model.asks[1].turns] == ["user", "assistant", "user"] and "no JSON object" in model.asks[1].turns[2].text


def test_and_not_more_than_once() -> None:
    model = Scripted("never")
    with pytest.raises(ChatError, match="does not reply with the JSON"):
        ask_json(model, ask(), dict, time.monotonic)
    assert len(model.asks) == 2


@pytest.mark.parametrize("spent", [4.5, 0.5], ids=["late", "control"])
def test_a_late_reply_that_cannot_be_used_is_not_taken_for_an_absence(spent: float) -> None:
    now = 0.0

    def slow(ask: Ask) -> str:
        nonlocal now
        now += spent
        return "never"

    model = Scripted(slow)
    with pytest.raises(ChatError, match="does not reply with the JSON") as caught:
        ask_json(model, ask(5.0), dict, lambda: now)
    assert not isinstance(caught.value, ChatAwayError) and len(model.asks) == (1 if spent > 4 else 2)


def test_a_completion_is_what_the_server_sends() -> None:
    assert b'"finish_reason": "stop"' in completion("x"), "the server of these tests speaks the protocol"
