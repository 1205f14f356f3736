"""Every error greenroom raises on purpose, in one tree.

    GreenroomError
    ├── NotFoundError            no such question, session, answer, pack…; names the nearest
    ├── InputError               what was given cannot be used as it is
    │   ├── TooLargeError        longer than a stated limit
    │   ├── ConflictError        contradicts what is already stored (an id used twice for different things)
    │   └── ModelFileError       a model file cannot be used: damaged, hostile, or not of the llama family
    ├── WeightsError             the files of the encoder or the reader are missing, damaged or not ours
    ├── LowMemoryError           the machine has too little free memory
    ├── BacklogFullError         more answers wait for assessment than the queue may hold
    ├── ExtraMissingError        an optional dependency is not installed; names the extra
    ├── ModelMissingError        the labs' model is not here; the hint is the command that fetches it
    │   └── VoiceMissingError    the recogniser's model is not here
    ├── ModelFetchError          it could not be fetched; nothing half-written was kept
    ├── VoiceError               a voice could not be heard or made; nothing that was recognised before is lost
    │   └── VoiceBusyError       as many people speak already as may at once
    ├── ReadersBusyError         as many files are read already as may be at once
    ├── LabError                 a lab broke down, ran too long or took too much memory; it was stopped
    │   └── LabsBusyError        as many labs run already as may run at once
    ├── OutboundError            another machine was not reached, or did not answer as it should
    ├── ChatError                a chat model gave no reply that can be used
    │   └── ChatAwayError        it cannot be asked at all: away, too slow, refuses the key or knows no such model
    └── StoreError               the database
        ├── StoreBusyError       locked by another program for too long
        ├── StoreFullError       no space left, or a write failed
        ├── StoreReadOnlyError   the file or folder cannot be written
        ├── StoreVersionError    written by a newer greenroom
        └── ArchiveError         an export or backup file cannot be read safely

An error's text says what happened; ``hint`` says what to do about it. Errors of other libraries are translated where
they cross into greenroom (``store/faults.py``, ``llm/weights.py``, ``bank/source.py``, ``outbound.py``), never further in.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

OUT_OF_MEMORY = ("bad_alloc", "failed to map segment", "Cannot allocate memory", "ThreadPoolBuildError", "can't start new thread")
"""What C++, the loader of libraries, the system, tokenizers' Rust and Python say when memory is short: they have no error class for it."""


class GreenroomError(Exception):
    """Base of the tree.

    Args:
        message: what happened, one sentence.
        hint: the cure, one sentence; shown to the person after the message.
    """

    hint: str = ""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint or self.hint

    @property
    def message(self) -> str:
        return str(self.args[0])


def told(error: GreenroomError) -> dict[str, str | list[str]]:
    """As JSON has it, for another process of ours."""
    return {"error": [kind.__name__ for kind in type(error).__mro__], "says": error.message, "hint": error.hint}


def retold(said: Mapping[str, Any], otherwise: type[GreenroomError]) -> GreenroomError:
    """The error that another process ``told`` of, of its own class where this one knows it."""
    known: dict[str, type[GreenroomError]] = {}
    kinds = GreenroomError.__subclasses__()
    for kind in kinds:
        known[kind.__name__] = kind
        kinds.extend(kind.__subclasses__())
    kind = next((known[name] for name in said["error"] if name in known), otherwise)
    error = kind.__new__(kind)
    GreenroomError.__init__(error, said["says"], said["hint"])
    return error


class NotFoundError(GreenroomError):
    """There is no such thing. ``nearest`` lists similar names, best first."""

    def __init__(self, what: str, name: str, known: Iterable[str] = (), hint: str = "") -> None:
        self.nearest = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
        cure = f"Did you mean {', '.join(self.nearest)}?" if self.nearest else hint
        super().__init__(f"There is no {what} “{name[:80]}”.", cure)


class InputError(GreenroomError):
    """What was given cannot be used as it is."""


class TooLargeError(InputError):
    """Longer than a stated limit."""


class ConflictError(InputError):
    """Contradicts what is already stored."""


class WeightsError(GreenroomError):
    """The encoder's files are missing, damaged or not the ones this version was made with."""

    hint = "Reinstall greenroom, or rebuild the weights as training/README.md says."


class LowMemoryError(GreenroomError):
    """The machine has too little free memory. What was stored before is safe."""

    hint = "Close other programs and try again. If it happens again, greenroom needs a machine with more memory."

    def __init__(self, message: str = "There is not enough free memory.", hint: str = "") -> None:
        super().__init__(message, hint)


def lacks_memory(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, is for want of memory."""
    while error is not None:
        if isinstance(error, (MemoryError, LowMemoryError)) or any(sign in str(error) for sign in OUT_OF_MEMORY):
            return True
        error = error.__cause__
    return False


@contextmanager
def enough_memory() -> Iterator[None]:
    """Around libraries that need much memory: whatever they raise for want of it, also what is no ``Exception`` (a panic in Rust),
    becomes LowMemoryError. Other errors pass.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, LowMemoryError) or not lacks_memory(error):
            raise
        raise LowMemoryError from error


class BacklogFullError(GreenroomError):
    """More answers wait for assessment than the queue may hold; nothing was stored."""

    hint = "Your text is kept as a draft. Send it again in a minute."


class ExtraMissingError(GreenroomError):
    """An optional dependency is not installed."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(f"This needs {module}, which is not installed.", f"pip install 'greenroom[{extra}]'")


class ModelMissingError(GreenroomError):
    """The labs' model is not on this machine."""

    hint = "Run `greenroom labs fetch`: it is fetched once (94 MB), checked, and used offline from then on."


class VoiceMissingError(ModelMissingError):
    """The model that recognises speech is not on this machine."""

    hint = "Run `greenroom voice fetch`: it is fetched once (78 MB), checked, and used offline from then on."


class VoiceError(GreenroomError):
    """A voice could not be heard, or not be made. What was recognised before it is in the text."""

    hint = "Press the microphone again, or type. If it stays so, `greenroom voice check` says what is wrong."


class VoiceBusyError(VoiceError):
    """As many people speak already as may at once; this recording was not begun."""

    hint = "Wait a moment and press again, or type."


class ModelFetchError(GreenroomError):
    """The model could not be fetched. Nothing of it was kept."""

    hint = "Run `greenroom labs fetch` again, or give it the file: `greenroom labs fetch --from FILE`."


class ModelFileError(InputError):
    """A model file cannot be used as it is: damaged, too large, or of a kind that the labs do not compute."""

    hint = "Give a whole llama-family model: a GGUF file, or a folder with config.json and safetensors."


class ReadersBusyError(GreenroomError):
    """As many files are read already as may be at once; this one was not begun."""

    hint = "Try again in a minute, or paste the text."


class LabError(GreenroomError):
    """A lab broke down, ran too long or took too much memory. It was stopped; nothing else was touched."""

    hint = "Try smaller values. If it happens at the lab's defaults, it is a fault of the lab: please report it."


class LabsBusyError(LabError):
    """As many labs run already as may run at once; this one was not begun."""

    hint = "Wait until one of them is done, or stop it."


class OutboundError(GreenroomError):
    """Another machine was not reached, or did not answer as it should. ``passing``: trying again at once may help."""

    hint = "Check the address, and that the server runs."

    def __init__(self, message: str, hint: str = "", *, passing: bool = False) -> None:
        super().__init__(message, hint)
        self.passing = passing


class ChatError(GreenroomError):
    """A chat model gave no reply that can be used. Another question may fare better."""

    hint = "Try again, or choose a larger model."


class ChatAwayError(ChatError):
    """A chat model cannot be asked at all now: its server is away or too slow, refuses the key, or knows no such model."""

    hint = "Check that the server runs and that GREENROOM_JUDGE_URL and GREENROOM_JUDGE_MODEL are right; `greenroom doctor` tries it."


class StoreError(GreenroomError):
    """The database could not do what was asked."""

    hint = "Run `greenroom doctor`: it says what is wrong with the database and what to do."


class StoreBusyError(StoreError):
    """Another program held the database for too long. Nothing was lost or half-written."""

    hint = "Close other programs that use the database (another greenroom?) and try again."


class StoreFullError(StoreError):
    """The disk is full or a write failed. What was acknowledged before is safe; this was not stored."""

    hint = "Free some space on the disk and try again; nothing needs to be restarted."


class StoreReadOnlyError(StoreError):
    """The database or its folder cannot be written."""

    hint = "Make the file and its folder writable, or set GREENROOM_HOME to a folder that is."


class StoreVersionError(StoreError):
    """The database was written by a newer greenroom."""

    hint = "Update greenroom (pip install -U greenroom), or set GREENROOM_HOME to another folder."


class ArchiveError(StoreError):
    """An export or backup cannot be read safely. Nothing was changed."""

    hint = "Use a file made by `greenroom export` or `greenroom backup`, unchanged."
