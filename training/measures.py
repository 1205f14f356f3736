"""The agreement measures of benchmarks/measures.py, for the scripts that are run from this folder."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))

from benchmarks.measures import cohen, pearson, weighted_kappa

__all__ = ["cohen", "pearson", "weighted_kappa"]
