"""A lab in its own process: it streams, it can be stopped, nothing is left running, and what it does to itself is said in a sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import labs_odd
import pytest

from greenroom.errors import ConflictError, GreenroomError, LabError, ModelMissingError
from greenroom.labs.lab import Bench, Lab, Result
from greenroom.labs.worker import Worker, name_of

HERE = Path(__file__).parent
posix = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")


def worker(lab: Lab, tmp_path: Path, **given: str | int) -> Worker:
    return Worker(lab, lab.card.read(given), Bench(tmp_path, 2))


def result(lab: Lab, tmp_path: Path, **given: str | int) -> Result:
    with worker(lab, tmp_path, **given) as found:
        return found.result()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(*pids: int, seconds: float = 2) -> bool:
    deadline = time.monotonic() + seconds
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(alive(pid) for pid in pids)


def pids_in(file: Path) -> list[int]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if file.exists() and len(file.read_text().split()) == 2:
            return [int(pid) for pid in file.read_text().split()]
        time.sleep(0.02)
    raise AssertionError("it did not begin")


def test_parts_come_while_it_runs_and_the_result_has_the_last_of_each_name(tmp_path: Path) -> None:
    with worker(labs_odd.Counts(), tmp_path, n=3) as found:
        kinds = [part.kind for part in found]
        shown = found.result()
    assert kinds == ["progress", "table"] * 3 + ["finding"]
    assert [part.rows for part in shown.parts if part.kind == "table"] == [((0.0,), (1.0,), (2.0,))]
    assert (shown.seen[0].held, shown.seen[0].found) == (True, "3 with 2 threads.")
    assert found.done


def test_the_same_values_give_the_same_result(tmp_path: Path) -> None:
    assert result(labs_odd.Counts(), tmp_path, n=4).model_dump_json() == result(labs_odd.Counts(), tmp_path, n="4").model_dump_json()


def test_what_a_lab_prints_is_not_taken_for_what_it_says(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert len(result(labs_odd.Prints(), tmp_path).parts) == 1
    assert capfd.readouterr() == ("", "")


def test_an_error_of_the_lab_is_named_and_what_it_raises_on_purpose_keeps_its_class(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"“raises” broke down: ZeroDivisionError: as asked"):
        result(labs_odd.Raises(), tmp_path)
    with pytest.raises(ConflictError, match="contradicts") as caught:
        result(labs_odd.Refuses(), tmp_path, n=1)
    assert caught.value.hint == "Say it otherwise."
    with pytest.raises(ModelMissingError) as missing:
        result(labs_odd.Refuses(), tmp_path)
    assert "greenroom labs fetch" in missing.value.hint


@posix
def test_a_lab_that_hangs_is_stopped_in_time_with_what_it_started(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(LabError, match="ran longer than its 6 seconds"):
        result(labs_odd.Hangs(), tmp_path, file=str(tmp_path / "pids"))
    assert 6 <= time.monotonic() - started < 8
    assert gone(*pids_in(tmp_path / "pids"))


@posix
def test_a_lab_that_eats_memory_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="needs more than its 256 MB"):
        result(labs_odd.Eats(), tmp_path)


@posix
def test_control_without_the_limit_it_would_have_eaten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labs_odd.Eats, "card", labs_odd.card("eats", 60, 2000))
    assert result(labs_odd.Eats(), tmp_path).parts


@posix
@pytest.mark.parametrize(("n", "what"), [(0, "was killed \\(SIGKILL\\)"), (1, "ended without a result \\(exit status 7\\)")])
def test_a_process_that_dies_is_a_sentence(tmp_path: Path, n: int, what: str) -> None:
    with pytest.raises(LabError, match=what):
        result(labs_odd.Dies(), tmp_path, n=n)


@posix
@pytest.mark.parametrize("n", range(5))
def test_a_lab_that_says_garbage_is_stopped(tmp_path: Path, n: int) -> None:
    with pytest.raises(LabError, match=r"cannot be shown|MB at once|without a result"), worker(labs_odd.Babbles(), tmp_path, n=n) as found:
        pid = found.pid
        found.result()
    assert gone(pid)


def test_a_finding_that_nobody_expects_is_a_fault_of_the_lab(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="does not expect: nothing"):
        result(labs_odd.Strays(), tmp_path)


def test_a_flood_is_held_back_and_then_stopped(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="20,000 parts"), worker(labs_odd.Floods(), tmp_path) as found:
        found.result()


def test_what_has_to_be_kept_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="32 MB of parts"), worker(labs_odd.Hoards(), tmp_path) as found:
        found.result()


def test_control_what_takes_the_place_of_an_earlier_part_may_be_sent_again_and_again(tmp_path: Path) -> None:
    with worker(labs_odd.Hoards(), tmp_path, file="the same") as found:
        assert [part.name for part in found.result().parts] == ["table"]


@posix
def test_closing_ends_it_and_what_it_started_at_once(tmp_path: Path) -> None:
    with worker(labs_odd.Waits(), tmp_path, file=str(tmp_path / "pids")) as found:
        assert found.next(20) is not None
        pids = pids_in(tmp_path / "pids")
        assert all(alive(pid) for pid in pids)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    assert gone(*pids)
    found.close()
    with pytest.raises(LabError, match="was stopped"):
        while True:
            found.next()


@posix
def test_control_left_alone_it_goes_on(tmp_path: Path) -> None:
    with worker(labs_odd.Waits(), tmp_path, file=str(tmp_path / "pids")) as found:
        pids = pids_in(tmp_path / "pids")
        time.sleep(1)
        assert all(alive(pid) for pid in pids)
        assert not found.done


def test_whoever_waits_for_a_part_is_told_when_another_thread_closes(tmp_path: Path) -> None:
    with worker(labs_odd.Waits(), tmp_path) as found:
        threading.Timer(1, found.close).start()
        with pytest.raises(LabError, match="was stopped"):
            for _ in found:
                pass


@posix
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_this_process_ends_however_it_comes_the_lab_ends_too(tmp_path: Path, sign: int) -> None:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"  # a shell's background jobs inherit it ignored
        f"import sys; sys.path.insert(0, {str(HERE)!r}); import labs_odd; from pathlib import Path; from greenroom.labs.lab import Bench;"
        "from greenroom.labs.worker import Worker; lab = labs_odd.Waits();"
        f"worker = Worker(lab, lab.card.read({{'file': {str(tmp_path / 'pids')!r}}}), Bench(Path('.'), 1)); list(worker)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    lab, child = pids_in(tmp_path / "pids")
    os.kill(parent.pid, sign)
    parent.wait(10)
    assert gone(lab)
    os.kill(child, signal.SIGKILL) if alive(child) else None  # only the lab's own end is promised when its parent was killed


def test_a_lab_that_the_other_process_could_not_find_is_refused_here() -> None:
    class Local:
        card = labs_odd.card("local")

    with pytest.raises(LabError, match="cannot be run"):
        name_of(Local())  # type: ignore[arg-type]
    assert name_of(labs_odd.Counts()) == "labs_odd:Counts"


def test_a_refused_value_never_reaches_a_process(tmp_path: Path) -> None:
    with pytest.raises(GreenroomError, match="takes a whole number from 0 to 1000"):
        worker(labs_odd.Counts(), tmp_path, n=1001)
