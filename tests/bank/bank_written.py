"""Questions written as the files that ``bank import`` reads."""

from __future__ import annotations

import csv
import io

from greenroom.bank.intake import csv_form
from greenroom.bank.question import Question


def as_csv(questions: list[Question], delimiter: str = ",") -> str:
    rows: list[dict[str, str]] = []
    for q in questions:
        asks = {f.point_id: f.ask for f in q.follow_ups}
        head = {"topic": q.topic, "level": q.level, "kind": q.kind, "listens_for": q.listens_for}
        rows.append({"question": q.id, "part": "ask", "text": q.ask, **head, "needs": " ".join(q.needs), "round": ",".join(q.round)})
        for f in q.forms:
            lists = {"adds": ", ".join(f.adds), "drops": ", ".join(f.drops), "needs": ", ".join(f.needs)}
            rows.append({"part": "form", "id": f.id, "text": f.ask, "model_answer": f.model_answer or "", **lists})
        for p in q.key_points:
            more = {
                "weight": str(p.weight),
                "essential": "yes" if p.essential else "no",
                "because": p.because,
                "source": p.source,
                "follow_up": asks[p.id],
            }
            rows.append({"part": "point", "id": p.id, "text": p.point, "says": "\n".join(p.says), **more})
        for m in q.misconceptions:
            more = {"correction": m.correction, "source": m.source}
            rows.append({"part": "misconception", "id": m.id, "text": m.claim, "says": " || ".join(m.says), **more})
        rows += [{"part": "plain", "text": q.model_answers.plain}, {"part": "technical", "text": q.model_answers.technical}]
        rows += [{"part": "source", "text": source} for source in q.sources]
    out = io.StringIO()
    writer = csv.DictWriter(out, csv_form.COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_markdown(questions: list[Question]) -> str:
    out: list[str] = []
    for q in questions:
        asks = {f.point_id: f.ask for f in q.follow_ups}
        out += [f"# {q.ask}", f"id: {q.id}", f"topic: {q.topic}", f"level: {q.level}", f"kind: {q.kind}", f"listens for: {q.listens_for}"]
        out += [f"needs: {', '.join(q.needs)}", f"round: {', '.join(q.round)}", "", "## Forms"]
        for f in q.forms:
            out += [f"- {f.ask}", f"  id: {f.id}", f"  adds: {', '.join(f.adds)}", f"  drops: {', '.join(f.drops)}"]
            out += [f"  needs: {', '.join(f.needs)}", *([f"  model answer: {f.model_answer}"] if f.model_answer else [])]
        out.append("## Key points")
        for p in q.key_points:
            out += [
                f"### {p.point} ###",
                f"id: {p.id}",
                f"weight: {p.weight}",
                f"essential: {'yes' if p.essential else 'no'}",
                *(f"- {said}" for said in p.says),
            ]
            out += [f"because: {p.because}", f"source: {p.source}", f"ask: {asks[p.id]}", ""]
        out.append("## Misconceptions")
        for m in q.misconceptions:
            out += [f"### {m.claim}", f"id: {m.id}", *(f"* {said}" for said in m.says)]
            out += [f"correction: {m.correction}", f"source: {m.source}"]
        out += ["## Plain answer", q.model_answers.plain, "", "## Technical answer", q.model_answers.technical]
        out += ["## Sources", *(f"1. {source}" for source in q.sources), "---"]
    return "\n".join(out) + "\n"
