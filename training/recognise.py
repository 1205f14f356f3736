"""Answers that were written to be read aloud, spoken and recognised: the errors of speech recognition come from a recogniser.

    python training/recognise.py --split train --model FOLDER --out DIR

FOLDER: Whisper tiny.en, as ``greenroom voice fetch`` puts it together. Needs flite and the extra ``voice``. Writes batches for
``gather.py``: the text as it was heard stands in place of the answer, and is labelled anew.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from corpus import SEALED, Answer, Split, open_sealed, parse, read_split, word_errors
from draw import BATCH, SEED

from greenroom.voice.speaker import Speaker, at_rate
from greenroom.voice.whisper import Whisper

VOICES = ("slt", "rms", "awb", "kal16", "hibari")
NOISE_DB = (40, 35, 30, 25, 20)
"""Speech above white noise."""
WORD_ERRORS = (0.03, 0.2)
"""Of what is kept: with fewer, nothing was misheard; with more, whole sentences are lost, and a person would say it again."""
TRIES, LEAST = 24, 55
"""Draws of voice, noise and pace; words that must be left."""


class Sound(NamedTuple):
    voice: str
    noise_db: int
    stretch: float


def spoken(text: str, sound: Sound, speaker: Speaker, seed: int) -> bytes:
    """16,000 samples a second, 16 bits."""
    if sound.voice == "hibari":
        pcm = b"".join(at_rate(speaker.say(part)) for part in re.split(r"(?<=[.?!])\s+", text))
    else:
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            how = ["-voice", sound.voice, "--setf", f"duration_stretch={sound.stretch}"]
            subprocess.run(["flite", *how, "-t", text, "-o", file.name], check=True)
            pcm = at_rate(Path(file.name).read_bytes())
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    loudness = np.sqrt((samples**2).mean()) * 10 ** (-sound.noise_db / 20)
    noisy = samples + np.random.default_rng(seed).normal(0, loudness, len(samples))
    return bytes(np.clip(noisy, -32768, 32767).astype("<i2").tobytes())


def heard(answer: Answer, whisper: Whisper, speaker: Speaker) -> tuple[str, Sound, float]:
    """What the recogniser wrote down, how it was spoken, and the word error rate: the first within bounds of ``TRIES`` draws, or else the
    nearest."""
    rng = random.Random(f"{SEED}/{answer.id}/heard")
    found = list[tuple[str, Sound, float]]()
    for n in range(TRIES):
        sound = Sound(rng.choice(VOICES), rng.choice(NOISE_DB), rng.choice((1.0, 1.1, 1.2)))
        words = whisper.listen(spoken(answer.answer, sound, speaker, n), "").words
        text = "".join(word.text for word in words).strip()
        found.append((text, sound, word_errors(answer.answer, text)))
        if WORD_ERRORS[0] <= found[-1][2] <= WORD_ERRORS[1] and len(text.split()) >= LEAST:
            return found[-1]
    return min(found, key=lambda each: abs(each[2] - sum(WORD_ERRORS) / 2) + (len(each[0].split()) < LEAST))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=get_args(Split), required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    answers = parse(open_sealed(given.split, "to be read aloud")) if given.split in SEALED else read_split(given.split)
    answers = [answer for answer in answers if "recognised" in answer.plan.traits and answer.written is None]
    random.Random(SEED).shuffle(answers)
    whisper, speaker = Whisper("tiny.en", given.model, 2), Speaker(2)
    given.out.mkdir(parents=True, exist_ok=True)
    for n in range(0, len(answers), BATCH):
        batch = given.out / f"{given.split}-heard-{n // BATCH + 1:02}"
        plans, texts = [], []
        for answer in answers[n : n + BATCH]:
            text, sound, rate = heard(answer, whisper, speaker)
            plans.append(answer.model_dump(include={"id", "question_id", "form", "voice", "spoken", "plan"}))
            texts.append({"id": answer.id, "answer": text, "written": answer.answer})
            print(f"{answer.id}: {sound.voice}, {sound.noise_db} dB, {rate:.3f} of its words wrong", flush=True)
        for what, rows in (("plans", plans), ("written", texts)):
            Path(f"{batch}.{what}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
