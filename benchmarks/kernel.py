"""Imported before numpy: unsets what would choose another matrix kernel than this machine's own, and names the kernel in use.

Only benchmarks do this, never tests. greenroom's encoder runs in onnxruntime, which these variables do not reach.
"""

from __future__ import annotations

import importlib
import os

UNSET = [name for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE") if os.environ.pop(name, None)]


def kernel() -> str:
    """As threadpoolctl names it where that is installed, else what numpy was built with."""
    import numpy as np

    try:
        threadpool_info = importlib.import_module("threadpoolctl").threadpool_info
    except ImportError:
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas['version']}"
    found = [f"{pool['internal_api']} {pool.get('architecture', '')}".strip() for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(dict.fromkeys(found)) or "no BLAS found"
