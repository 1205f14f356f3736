"""What stands in for the process that hears and speaks: it does what the text asks of it. ``request["name"]`` is a file that counts."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from greenroom.errors import ModelFileError, told


def main(request: Mapping[str, Any]) -> None:
    with Path(request["name"]).open("a") as begun:
        begun.write(f"{os.getpid()}\n")
    for line in sys.stdin.buffer:
        text = json.loads(line)["text"]
        if text == "hang":
            time.sleep(60)
        elif text == "half":
            _say({"bytes": 100}, b"RIFF")
            os._exit(0)
        elif text == "refuse":
            _say({**told(ModelFileError("It is damaged.", "Fetch it anew.")), "bytes": 0})
        elif text == "environment":
            _say({"bytes": len(found := json.dumps(dict(os.environ)).encode())}, found)
        else:
            _say({"bytes": len(text)}, text.encode())


def _say(said: dict[str, Any], data: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + data)
    sys.stdout.buffer.flush()
