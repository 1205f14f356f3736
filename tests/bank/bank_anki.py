"""Run as a program of its own: imports decks into a new collection of Anki's own library, and prints what is in it after each.

Anki's library is under the AGPL and used for this test only; nothing of it is shipped or linked.
"""

from __future__ import annotations

import json
import sys

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest


def state(col: Collection) -> dict[str, object]:
    notes = [col.get_note(note_id) for note_id in col.find_notes("")]
    return {
        "notes": {note.guid: {"fields": dict(note.items()), "tags": note.tags, "id": note.id} for note in notes},
        "decks": sorted(deck.name for deck in col.decks.all_names_and_ids(include_filtered=False)),
        "cards": col.card_count(),
        "types": sorted(kind.name for kind in col.models.all_names_and_ids() if col.models.use_count(col.models.get(kind.id))),
        "shown": [card.answer() for card in map(col.get_card, list(col.find_cards("tag:greenroom"))[:1])],
        "asked": {card.note().guid: card.question() for card in map(col.get_card, list(col.find_cards("tag:greenroom")))},
        "about": {deck.name: col.decks.by_name(deck.name)["desc"] for deck in col.decks.all_names_and_ids(include_filtered=False)},
        "reviewed": {col.get_card(card_id).note().guid: col.get_card(card_id).reps for card_id in col.find_cards("prop:reps>0")},
    }


def main() -> None:
    path, *decks = sys.argv[1:]
    col = Collection(path)
    for n, deck in enumerate(decks):
        log = col.import_anki_package(ImportAnkiPackageRequest(package_path=deck, options=ImportAnkiPackageOptions()))
        counts = {
            "new": len(log.log.new),
            "updated": len(log.log.updated),
            "same": len(log.log.duplicate),
            "conflicting": len(log.log.conflicting),
        }
        print(json.dumps({**counts, **state(col)}))
        if n == 0:  # the person learns a card: an update must not undo that
            card = col.get_card(next(iter(col.find_cards("tag:greenroom::point"))))
            card.start_timer()
            col.sched.answerCard(card, 3)
    col.close()


main()
