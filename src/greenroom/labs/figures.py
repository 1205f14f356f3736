"""How a figure is written for people: the same on a page and in a terminal. The JSON has it as it was computed."""

from __future__ import annotations

from greenroom.labs.lab import Cell

DIGITS = 4
"""Significant digits of a number that is not whole."""
NONE = "—"
_HIGH = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def figure(cell: Cell) -> str:
    """``1,024`` · ``0.4212`` · ``8.4×10²²`` · ``—``; text stays as it is."""
    if cell is None:
        return NONE
    if isinstance(cell, str):
        return cell
    size = abs(cell)
    if size >= 1e12 or 0 < size < 1e-4:
        mantissa, _, exponent = f"{cell:.{DIGITS - 1}e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}×10{str(int(exponent)).translate(_HIGH)}"
    if cell == int(cell) or size >= 10 ** (DIGITS - 1):
        return f"{round(cell):,}"
    shown = f"{cell:.{DIGITS}g}"
    return f"{float(shown):.{DIGITS + 4}f}".rstrip("0").rstrip(".")


def about(value: float) -> str:
    """To one digit, for what is nearly nothing: ``2×10⁻⁷``."""
    return figure(float(f"{value:.1g}"))
