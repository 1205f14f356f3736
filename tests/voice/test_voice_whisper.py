"""The real recogniser, in its own process, on speech whose words are known."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from voice_sounds import RATE, noise, silence, speech

from greenroom.errors import ModelFileError, VoiceError
from greenroom.voice.doubt import CLEAR, agreement
from greenroom.voice.heard import text_of
from greenroom.voice.speaker import at_rate
from greenroom.voice.worker import VoiceWorker

FIRST = "A large language model predicts the next token from the tokens before it."
SECOND = "Attention mixes the values, you know, and the softmax makes the weights sum to one. I think that is enough."


@pytest.fixture(scope="module")
def worker(tiny: Path) -> Iterator[VoiceWorker]:
    found = VoiceWorker("tiny.en", tiny, 2)
    yield found
    found.close()


def test_known_words_with_their_times_and_a_pause_between(worker: VoiceWorker, tmp_path: Path) -> None:
    first, second = speech(tmp_path, FIRST), speech(tmp_path, SECOND)
    heard = worker.listen(first + silence(2.5) + second, "Glossary: attention, softmax, token.")
    assert agreement(f"{FIRST} {SECOND}", text_of(heard.words)) > 0.9
    times = [t for word in heard.words for t in (word.start, word.end)]
    assert times == sorted(times) and sum(w.probability for w in heard.words) / len(heard.words) > CLEAR
    gap, begins = max(((b.start - a.end, a.end) for a, b in zip(heard.words, heard.words[1:], strict=False)))
    assert abs(gap - 2.5) < 0.7 and abs(begins - len(first) / 2 / RATE) < 0.7
    fillers = {text_of([a, b]).lower().strip(",.") for a, b in zip(heard.words, heard.words[1:], strict=False)}
    assert {"you know", "i think"} <= fillers


def test_noise_and_silence_are_no_speech(worker: VoiceWorker) -> None:
    for sound in (noise(6), noise(6, 0.3), silence(6), b""):
        assert worker.listen(sound, "Glossary: attention.") == ((), ())


def test_a_process_that_died_is_begun_again_and_nothing_is_lost(worker: VoiceWorker, tmp_path: Path) -> None:
    sound = speech(tmp_path, FIRST)
    before = worker.listen(sound, "")
    assert worker.pid
    os.kill(worker.pid, signal.SIGKILL)
    assert text_of(worker.listen(sound, "").words) == text_of(before.words)


def test_the_interviewers_voice_is_understood(worker: VoiceWorker) -> None:
    pytest.importorskip("hibari", reason="NOT RUN: pip install 'greenroom[voice]'")
    wav = worker.say(FIRST)
    assert wav[:4] == b"RIFF" and agreement(FIRST, text_of(worker.listen(at_rate(wav), "").words)) > 0.9


def test_a_folder_that_holds_no_model(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper", reason="NOT RUN: pip install 'greenroom[voice]'")
    (tmp_path / "model.bin").write_bytes(b"no model")
    (tmp_path / "tokenizer.json").write_text("{}")
    bad = VoiceWorker("mine", tmp_path, 1)
    try:
        with pytest.raises(ModelFileError) as caught:
            bad.listen(noise(1), "")
        assert "greenroom voice fetch" in caught.value.hint
    finally:
        bad.close()
    with pytest.raises(VoiceError, match="closing"):
        bad.listen(noise(1), "")
