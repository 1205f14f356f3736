"""A person's whole data in a store: one of everything, and all of it read back."""

from __future__ import annotations

from store_samples import OWNER, at, judge, make_session, make_take, submit

from greenroom.interview.attempt import Dispute
from greenroom.prep.asks.ask import Ask
from greenroom.prep.profile import Profile
from greenroom.prep.story import Story
from greenroom.prep.use import StoryUse
from greenroom.store.store import Store


def fill(store: Store, owner_id: str = OWNER) -> None:
    store.save_session(owner_id, make_session(turns=4))
    for number in range(3):
        submit(store, f"a{number}", f"t{number}", f"Answer {number} \u2028 \\u0000 \U0001f600", owner_id)
    judge(store)
    store.claim("w9", at(8), 15)
    store.put_draft(owner_id, "s1", "t3", "half a thou", at(9))
    store.add_dispute(owner_id, Dispute(answer_id="a0", target="p1", view="No.", disputed_at=at(10)))
    store.put_take(owner_id, make_take("b" * 32, begun=2))
    store.put_take(owner_id, make_take("a" * 32, begun=1))
    store.stories.add(owner_id, Story(story_id="st", title="The bill", text="It fell. \u2028", made_at=at(3), changed_at=at(4)))
    store.stories.note_use(owner_id, StoryUse(answer_id="a0", story_id="st", question_id="attention", share=0.5, used_at=at(5)))
    for number in range(2):
        store.asks.add(owner_id, Ask(ask_id=f"k{number}", round="peer", text=f"Why {number}?", made_at=at(number)))
    store.save_profile(owner_id, Profile(company="Ø & Sons"))


def everything(store: Store, owner_id: str = OWNER) -> dict[str, object]:
    return {
        "sessions": store.list_sessions(owner_id, 10**6),
        "answers": [a if a.status == "done" else a.model_copy(update={"status": "pending"}) for a in store.list_attempts(owner_id)],
        "drafts": [store.find_draft(owner_id, "s1", f"t{n}") for n in range(4)],
        "cards": store.list_cards(owner_id),
        "events": store.list_events(owner_id),
        "disputes": store.list_disputes(owner_id),
        "takes": store.list_takes(owner_id),
        "stories": store.stories.list(owner_id),
        "uses": store.stories.uses(owner_id),
        "asks": store.asks.list(owner_id),
        "profile": store.get_profile(owner_id),
    }
