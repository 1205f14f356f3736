"""What is typed beyond a limit is refused in two lines, and nothing of it is kept. Nobody waits longer than they should."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command

from greenroom.cli.app import SECTIONS, app
from greenroom.cli.screen.terminal import valid
from greenroom.errors import InputError
from greenroom.interview.session import Setup
from greenroom.prep.profile import Profile


@pytest.mark.parametrize("given", [{"role": "x" * 121}, {"company": "x" * 121}])
def test_a_profile_of_too_long_names(given: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        valid(Profile, **given)
    assert caught.value.hint and "120" in caught.value.message and "xxx" not in caught.value.message
    assert Profile().model_copy(update=given) != Profile(), "control: a copy is not checked"


def test_a_setup_of_too_many_topics() -> None:
    assert valid(Setup, topics=("attention",)).topics == ("attention",)
    with pytest.raises(InputError):
        valid(Setup, topics=("a",) * 51)


SLOW = """
import sys
from greenroom.assess.coverage import WEIGHTS
from greenroom.cli import talk
from greenroom.llm.encoder import OnnxEncoder
from greenroom.room import interview, queue

def never_ends(*_):
    encoder = OnnxEncoder.load()
    while True:
        encoder.encode(["The words of an answer that takes longer than anybody waits."] * 8)

interview.hold, queue.LEASE_SECONDS, talk.WAIT_SECONDS = never_ends, 0.2, 3.0
sys.argv = ["greenroom", "interview", "--question", "attention", "--count", "1"]
from greenroom.__main__ import main
main()
"""


def test_leaving_while_an_answer_is_still_being_read_is_no_crash() -> None:
    typed = "Each token weighs the others, near and far.\n.\n0\nq\n"
    done = subprocess.run([sys.executable, "-c", SLOW], input=typed, capture_output=True, text=True, timeout=170, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "being read" in done.stdout and "could be judged" not in done.stdout, "it waits; nobody failed to judge it"


def test_the_help_lists_every_command() -> None:
    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(get_command(app).commands)  # type: ignore[attr-defined]
