"""Writes labs_metrics_pinned.json: what rouge-score and sacrebleu say of the pairs of the lab *metrics* and of some others.
``pip install rouge-score sacrebleu; python tests/labs/labs_metrics_pin.py``"""

from __future__ import annotations

import json
from pathlib import Path

import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

SCORED = Path(__file__).parents[2] / "src" / "greenroom" / "labs" / "scored.json"
MORE = [
    ("the cat sat on the mat", "the cat sat on the mat"), ("the the the the the the the", "the cat is on the mat"), ("a b c d", "d c b a"),
    ("Don't stop, please!", "Do not stop, please!"), ("It costs 1,250.50 crowns.", "It costs 1,250.5 crowns."), ("x", "y"),
    ("forty-five days", "45 days"), ("one two three four five six seven eight", "two three four six seven nine"), ("cat", "the cat sat"),
    ("A long answer that says a great deal more than it was asked for.", "A short one."),
]  # fmt: skip


def main() -> None:
    said = json.loads(SCORED.read_text(encoding="utf-8"))
    pairs = [(each[side], each["reference"]) for each in said["items"] for side in ("good", "bad")] + MORE
    rouge = RougeScorer(["rougeL"], use_stemmer=False)
    rows = [
        {
            "text": text, "reference": reference, "rouge": rouge.score(reference, text)["rougeL"].fmeasure,
            "bleu": sacrebleu.sentence_bleu(text, [reference]).score / 100,
        }
        for text, reference in pairs
    ]  # fmt: skip
    versions = {"rouge-score": "0.1.2", "sacrebleu": sacrebleu.__version__}
    body = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    out = f'{{"versions": {json.dumps(versions)},\n"rows": [\n{body}\n]}}\n'
    Path(__file__).with_name("labs_metrics_pinned.json").write_text(out, encoding="utf-8")


if __name__ == "__main__":
    main()
