"""What was spoken is kept as words, in order, under its owner."""

from __future__ import annotations

import pytest
from store_samples import OWNER, make_session, make_take

from greenroom.errors import NotFoundError
from greenroom.store.store import Store


def test_takes_come_back_in_the_order_they_were_spoken(store: Store) -> None:
    store.save_session(OWNER, make_session(turns=2))
    first, second, elsewhere = make_take("f" * 32, begun=1), make_take("0" * 32, begun=2), make_take("1" * 32, turn_id="t1", begun=3)
    for take in (second, first, elsewhere):
        store.put_take(OWNER, take)
    assert store.list_takes(OWNER, "s1", "t0") == [first, second] and store.list_takes(OWNER) == [first, second, elsewhere]


def test_the_same_take_again_changes_nothing(store: Store) -> None:
    store.save_session(OWNER, make_session())
    store.put_take(OWNER, make_take())
    store.put_take(OWNER, make_take().model_copy(update={"seconds": 9.0}))
    assert [take.seconds for take in store.list_takes(OWNER)] == [2.5]


def test_another_owner_does_not_see_a_take(store: Store) -> None:
    store.save_session(OWNER, make_session())
    store.put_take(OWNER, make_take())
    assert store.list_takes("other") == []
    with pytest.raises(NotFoundError):
        store.put_take("other", make_take("b" * 32))
