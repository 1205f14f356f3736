"""The errors of the labs, branches of the tree in ``greenroom.errors``.

GreenroomError
├── ModelMissingError        the labs' model is not here; the hint is the command that fetches it
├── ModelFetchError          it could not be fetched; nothing half-written was kept
└── InputError
    └── ModelFileError       a model file cannot be used: damaged, hostile, or not of the llama family
"""

from __future__ import annotations

from greenroom.errors import GreenroomError, InputError


class ModelMissingError(GreenroomError):
    """The labs' model is not on this machine."""

    hint = "Run `greenroom labs fetch`: it is fetched once (94 MB), checked, and used offline from then on."


class ModelFetchError(GreenroomError):
    """The model could not be fetched. Nothing of it was kept."""

    hint = "Run `greenroom labs fetch` again, or give it the file: `greenroom labs fetch --from FILE`."


class ModelFileError(InputError):
    """A model file cannot be used as it is: damaged, too large, or of a kind that the labs do not compute."""

    hint = "Give a whole llama-family model: a GGUF file, or a folder with config.json and safetensors."
