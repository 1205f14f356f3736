"""greenroom: rehearse interviews about large language models, offline.

``import greenroom`` is cheap: names load what they need when they are used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# onnxruntime's official builds report what they run to Microsoft unless this is set before they load; a call afterwards comes too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from greenroom.room import Room
    from greenroom.settings import Settings

__version__ = "0.1.0"
__all__ = ["Room", "Settings", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Room":
        from greenroom.room import Room

        return Room
    if name == "Settings":
        from greenroom.settings import Settings

        return Settings
    raise AttributeError(f"module 'greenroom' has no attribute {name!r}")
