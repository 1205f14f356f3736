"""Speech whose words are known, through the recogniser: errors, what becomes of fillers, what the certainty is worth, how long one waits.

    python -m benchmarks voice [--rows N] [--write]      GREENROOM_VOICE_MODEL: which recogniser; needs flite, the extra and the model

Three texts full of terms, fillers and hedges, spoken by four synthetic voices (flite's slt, rms and awb, and hibari). Two of flite's are
hard to follow for people as well. The wait is measured as a person has it: a minute of speech is brought in real time, and the clock runs
from the press of *Stop* until the last word is there. ``--rows``: so many recordings.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
import time
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.public import Options
from benchmarks.tables import Report

TEXTS = (
    "So, um, a large language model is, you know, a network that predicts the next token. Uh, it was trained on a huge amount of text, and "
    "I think that is sort of the whole idea. The tokens go through embeddings, and then, um, maybe twenty or thirty transformer blocks.",
    "Attention is basically a weighted average. Each query is compared with every key, the softmax turns the scores into weights, and, uh, "
    "the values are mixed. I mean, it does not clean the data. The KV cache keeps the keys and values, so probably the cost per token is, "
    "um, kind of linear in the length.",
    "For fine-tuning I would, you know, start with LoRA. It freezes the weights and learns low-rank matrices, um, so perhaps one percent "
    "of the parameters. I guess full fine-tuning needs the optimizer states, uh, and sort of forgets what it knew before.",
)
PROMPT = "Glossary: token, embeddings, transformer, attention, query, key, softmax, KV cache, LoRA, fine-tuning, low-rank, optimizer."
KINDS = {
    "hesitation": r"\b(?:um+|uh+)\b",
    "filler": r"\b(?:you know|i mean|sort of|kind of|basically)\b",
    "hedge": r"\b(?:i think|i guess|maybe|perhaps|probably)\b",
}
VOICES = ("slt", "rms", "awb", "hibari")
LOUDNESS = (None, 20, 10, 5, 0)
"""Decibels of the speech above white noise; None: no noise."""
PIECE_SECONDS = 0.5


class Clip(NamedTuple):
    text: str
    voice: str
    sound: bytes


def run(options: Options) -> Report:
    from greenroom.errors import GreenroomError
    from greenroom.settings import read_settings
    from greenroom.voice.model import check_extra, find_voice
    from greenroom.voice.worker import VoiceWorker

    report = Report("voice")
    settings = read_settings()
    try:
        check_extra()
        name, folder = find_voice(settings)
    except GreenroomError as error:
        report.lack(f"all of it: {error.message} {error.hint}")
        return report
    if shutil.which("flite") is None:
        report.lack("all of it: flite is not installed (Debian: apt-get install flite)")
        return report
    worker = VoiceWorker(name, folder, settings.threads)
    try:
        clips = _clips(worker)[: options.rows]
        report.say(f"Recogniser {name}, {settings.threads} threads, {len(clips)} recordings.")
        _words(report, worker, clips)
        _certainty(report, worker, clips)
        _wait(report, worker, clips)
    finally:
        worker.close()
    return report


def _clips(worker: Any) -> list[Clip]:
    from greenroom.voice.speaker import at_rate

    found = []
    with tempfile.TemporaryDirectory() as folder:
        for text in TEXTS:
            for voice in VOICES:
                if voice == "hibari":
                    sound = at_rate(worker.say(text))
                else:
                    path = Path(folder) / "said.wav"
                    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
                    with wave.open(str(path)) as file:
                        sound = file.readframes(file.getnframes())
                found.append(Clip(text, voice, sound))
    return found


def _words(report: Report, worker: Any, clips: list[Clip]) -> None:
    from greenroom.voice.heard import BYTES_A_SECOND, text_of

    errors: dict[str, list[float]] = {}
    said, kept, ratios = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0), []
    for clip in clips:
        begun = time.perf_counter()
        heard = text_of(worker.listen(clip.sound, PROMPT).words)
        ratios.append((time.perf_counter() - begun) / (len(clip.sound) / BYTES_A_SECOND))
        errors.setdefault(clip.voice, []).append(word_errors(clip.text, heard))
        for kind, pattern in KINDS.items():
            there = len(re.findall(pattern, clip.text.lower()))
            said[kind] += there
            kept[kind] += min(there, len(re.findall(pattern, heard.lower())))
    report.table(["voice", "word errors"], [[voice, statistics.mean(each)] for voice, each in errors.items()])
    report.table(["kind", "said", "written down", "recall"], [[k, said[k], kept[k], kept[k] / max(1, said[k])] for k in KINDS])
    report.say(f"Time to length of the sound: median {statistics.median(ratios):.3f}, best {min(ratios):.3f}.")


def _certainty(report: Report, worker: Any, clips: list[Clip]) -> None:
    from greenroom.voice.doubt import CLEAR, FAINT
    from greenroom.voice.heard import text_of

    noise = np.random.default_rng(0)
    found: list[tuple[float, float]] = []
    for clip in clips:
        samples = np.frombuffer(clip.sound, "<i2").astype(np.float64)
        for above in LOUDNESS:
            level = 0.0 if above is None else float(np.sqrt(np.mean(samples**2))) / 10 ** (above / 20)
            noisy = (samples + noise.standard_normal(len(samples)) * level).clip(-32768, 32767).astype("<i2").tobytes()
            words = worker.listen(noisy, PROMPT).words
            if words:
                found.append((statistics.mean(word.probability for word in words), word_errors(clip.text, text_of(words))))
    bands = {f"from {CLEAR}": (CLEAR, 1.1), f"{FAINT} to {CLEAR}": (FAINT, CLEAR), f"below {FAINT}": (0.0, FAINT)}
    rows = []
    for name, (least, most) in bands.items():
        inside = [error for certainty, error in found if least <= certainty < most]
        rows.append([name, len(inside), statistics.mean(inside) if inside else "-", max(inside) if inside else "-"])
    report.table(["mean certainty", "recordings", "word errors", "worst"], rows)


def _wait(report: Report, worker: Any, clips: list[Clip]) -> None:
    from greenroom.room.voice.session import Plan, Speaking
    from greenroom.voice.heard import BYTES_A_SECOND

    minute = b"".join(clip.sound for clip in clips * 6)[: 60 * BYTES_A_SECOND]
    plan = Plan("me", "0" * 32, "s", "t", datetime.now(UTC), PROMPT, None, lambda take: None)
    take = Speaking(plan, lambda: worker)
    piece = int(PIECE_SECONDS * BYTES_A_SECOND)
    begun = time.perf_counter()
    for at in range(0, len(minute), piece):
        time.sleep(max(0.0, begun + (at + piece) / BYTES_A_SECOND - time.perf_counter()))
        take.add(at, minute[at : at + piece])
    pressed = time.perf_counter()
    take.end()
    view = take.look(120)
    report.say(
        f"{len(minute) / BYTES_A_SECOND:.0f} s of speech in real time: the last word {time.perf_counter() - pressed:.2f} s after Stop "
        f"(aim: 1.5 s on two idle cores), {len(view.text.split())} words."
    )


def word_errors(said: str, heard: str) -> float:
    """Word error rate, hesitations aside: insertions, deletions and substitutions among the words that were said."""
    wanted, found = _plain(said), _plain(heard)
    row = list(range(len(found) + 1))
    for i, left in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(found, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1] / len(wanted)


def _plain(text: str) -> list[str]:
    words = re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("-", " ")).split()
    return [word for word in words if not re.fullmatch(r"um+|uh+", word)]
