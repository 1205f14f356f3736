"""What can be set from outside, in one value that is passed along, never looked up.

Each field is an environment variable with the prefix ``GREENROOM_`` (``GREENROOM_HOME``, ``GREENROOM_PACKS``…). An empty one is none: read
as a value, no host would be every address of this machine, and no folder the one that somebody stands in.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from greenroom.errors import InputError

LOCAL_OWNER = "local"
"""The one owner of a room on a person's own machine."""


def default_home() -> Path:
    """The folder for a person's data: ``$XDG_DATA_HOME/greenroom``, else ``~/.local/share/greenroom``."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "greenroom"


class Settings(BaseSettings):
    """Read once at the door (``read_settings()``) and handed inwards. Shown or dumped, it keeps the database's address to itself."""

    model_config = SettingsConfigDict(env_prefix="GREENROOM_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path = Field(default_factory=default_home, description="Folder of the database, drafts and backups.")
    database_url: SecretStr | None = Field(default=None, description="SQLAlchemy URL; default: SQLite in the home folder.")
    packs: Annotated[tuple[Path, ...], NoDecode] = Field(default=(), description="More pack folders, separated as in PATH.")
    plugins: bool = Field(default=False, description="Load installed plugins (they run with your rights).")
    assessor: str = Field(default="coverage", description="Which assessor judges answers.")
    judge_url: str | None = Field(
        default=None, description="OpenAI-compatible server of the judge, with its /v1; answers you give are sent there."
    )
    judge_model: str | None = Field(default=None, description="Name of the judge's model on that server.")
    judge_file: Path | None = Field(default=None, description="Or a GGUF file that judges in this process (extra `local`).")
    judge_votes: int = Field(default=3, ge=1, le=9, description="How often the judge is asked about each point; odd.")
    judge_seconds: int = Field(default=60, ge=5, le=900, description="Longest that one answer may wait for the judge.")
    interviewer: bool = Field(
        default=True, description="Let the judge's model word the interviewer's questions too; `false` keeps to the authored words."
    )
    interviewer_seconds: int = Field(default=12, ge=2, le=120, description="Longest that a question may wait for the model's words.")
    labs_model: Path | None = Field(
        default=None, description="Another llama-family model for the labs: a GGUF file, or a folder with safetensors."
    )
    voice_model: str = Field(
        default="tiny.en", description="What recognises speech: `tiny.en`, `base`, or a folder with a Whisper model of CTranslate2."
    )
    host: str = Field(default="127.0.0.1", description="Address the web app listens on; one that others can reach needs `--i-know`.")
    port: int = Field(default=8713, ge=0, le=65535, description="Port the web app listens on; 0 takes a free one.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Further host names (with port) the web app answers to, separated by commas."
    )
    backlog_limit: int = Field(default=500, ge=1, le=100_000, description="Answers that may wait for assessment.")
    answer_limit: int = Field(default=20_000, ge=1_000, le=200_000, description="Longest answer, in characters.")
    threads: int = Field(default=2, ge=1, le=64, description="Threads that reading an answer may use.")

    @field_validator("packs", mode="before")
    @classmethod
    def _split_paths(cls, value: object) -> object:
        return tuple(p for p in value.split(os.pathsep) if p) if isinstance(value, str) else value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return tuple(h.strip() for h in value.split(",") if h.strip()) if isinstance(value, str) else value

    @field_validator("judge_votes")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("an even number of votes can tie; give an odd one")
        return value

    @property
    def has_judge(self) -> bool:
        """Whether a second opinion is set up. Without it nothing is sent anywhere."""
        return bool(self.judge_url or self.judge_model or self.judge_file)

    @property
    def judge_wait(self) -> int:
        """Seconds that an assessment may take longer because of the judge."""
        return self.judge_seconds if self.has_judge else 0

    @property
    def without_judge(self) -> Settings:
        """The same, offline."""
        return self.model_copy(update={"judge_url": None, "judge_model": None, "judge_file": None})

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL, with its password: for the store only."""
        given = self.database_url.get_secret_value() if self.database_url else ""
        return given or f"sqlite:///{self.home / 'greenroom.db'}"


def read_settings() -> Settings:
    """The settings from the environment. Raises InputError that names the variable which cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = f"GREENROOM_{str(first['loc'][0] if first['loc'] else '').upper()}"
        raise InputError(f"{name} cannot be used: {first['msg']}.", f"Correct {name}, or unset it to have the default.") from None
    except RuntimeError as error:  # no HOME, and no such user
        raise InputError(f"The folder for your data is unknown: {error}", "Set GREENROOM_HOME to a folder.") from None
