"""Errors become answers in one place: the right status, what happened, and the cure; as a page for people and JSON for programs."""

from __future__ import annotations

import pytest
from web_serving import Served, drill, form, new_id

from greenroom import errors
from greenroom.interview.attempt import Submission
from greenroom.room import Room
from greenroom.web.faults import fault_of

EXPECTED = {
    errors.NotFoundError("question", "x"): 404,
    errors.InputError("x"): 422,
    errors.TooLargeError("x"): 413,
    errors.ConflictError("x"): 409,
    errors.WeightsError("x"): 503,
    errors.LowMemoryError(): 503,
    errors.BacklogFullError("x"): 503,
    errors.ExtraMissingError("x", "y"): 501,
    errors.StoreBusyError("x"): 503,
    errors.StoreFullError("x"): 507,
    errors.StoreReadOnlyError("x"): 503,
    errors.StoreVersionError("x"): 503,
    errors.ArchiveError("x"): 422,
    errors.StoreError("x"): 503,
    errors.GreenroomError("x"): 500,
    errors.OutboundError("x", "y"): 500,
    errors.ChatError("x", "y"): 502,
    errors.ChatAwayError("x", "y"): 502,
    errors.ModelMissingError("x"): 501,
    errors.ModelFetchError("x"): 500,
    errors.VoiceMissingError("x"): 501,
    errors.VoiceError("x"): 503,
    errors.VoiceBusyError("x"): 503,
    errors.ModelFileError("x"): 422,
    errors.LabError("x", "y"): 500,
    errors.LabsBusyError("x", "y"): 503,
    errors.ReadersBusyError("x"): 503,
}


def test_every_error_of_the_tree_has_its_status() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.GreenroomError)}
    assert kinds == {type(error) for error in EXPECTED}
    assert {type(error).__name__: fault_of(error).status for error in EXPECTED} == {type(e).__name__: s for e, s in EXPECTED.items()}


def test_a_page_that_runs_out_of_memory_says_so(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("greenroom.room.bank.BankRoom.get", too_large)
    with served.client() as client:
        page = client.get("/bank/attention", headers={"accept-language": "de"})
        assert page.status_code == 503 and "nicht genug freier Arbeitsspeicher" in page.text
        reply = client.get("/api/bank/attention")
        assert reply.status_code == 503 and "Close other programs" in reply.json()["hint"]


def test_an_unknown_id_names_the_nearest(served: Served) -> None:
    with served.client() as client:
        reply = client.get("/api/bank/atention")
        assert (reply.status_code, set(reply.json())) == (404, {"error", "hint"})
        assert "attention" in reply.json()["hint"]
        page = client.get("/bank/atention")
        assert page.status_code == 404
        assert "Did you mean attention" in page.text
        assert page.headers["content-type"].startswith("text/html")
        assert client.get("/bank/atention", headers={"accept": "application/json"}).json() == reply.json()


def test_a_wrong_shape_is_named_without_its_value(served: Served) -> None:
    with served.client() as client:
        reply = client.post("/api/sessions", json={"mode": "canary-mode"})
        assert reply.status_code == 422
        assert reply.json()["error"].startswith("mode: ")
        assert "canary" not in reply.text
        assert client.post("/api/sessions", json={"mode": "drill", "surprise": 1}).status_code == 422


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.StoreFullError("The disk is full."), 507),
        (errors.BacklogFullError("500 answers wait."), 503),
        (errors.StoreBusyError("The database is locked."), 503),
    ],
)
def test_what_cannot_be_stored_is_not_acknowledged_and_the_text_is_still_in_the_editor(
    served: Served, monkeypatch: pytest.MonkeyPatch, error: errors.GreenroomError, status: int
) -> None:
    with served.client() as client:
        session_id = drill(client)
        fields = {"turn_id": "t1", "submission_id": new_id(), "text": "My <long> answer."}
        sent = Submission(**fields)

        def broken(*_: object) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(served.room.interview, "answer", broken)
            page = form(client, f"/interview/{session_id}/answer", **fields)
            assert page.status_code == status
            assert error.message in page.text
            assert error.hint.replace("'", "&#39;") in page.text
            assert "My &lt;long&gt; answer." in page.text
            assert fields["submission_id"] in page.text, "sending it again is the same submission"
            assert "aved" not in page.text.split('id="save-note"')[1].split("<span")[0]
            reply = client.post(f"/api/sessions/{session_id}/answers", json=sent.model_dump())
            assert reply.status_code == status
            assert reply.json() == {"error": error.message, "hint": error.hint}
        assert form(client, f"/interview/{session_id}/answer", **fields).status_code == 303, "it recovers without a restart"


def test_the_bank_page_says_why_a_pack_was_left_out(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(served.room.bank), "faults", lambda _: ["pack.yaml:3: no licence. Add one."])
    with served.client() as client:
        assert "pack.yaml:3" in client.get("/bank").text


def test_a_closed_database_is_a_sentence(literal_room: Room, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise errors.StoreVersionError("The database was written by greenroom 9.")

    monkeypatch.setattr(literal_room.interview, "list", away)
    with served.client() as client:
        page = client.get("/")
        assert page.status_code == 503
        assert "Update greenroom" in page.text
