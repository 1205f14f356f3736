"""What is typed beyond a limit is refused in two lines, and nothing of it is kept."""

from __future__ import annotations

import pytest

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
