"""Plain scalars as the YAML 1.2 core schema reads them: ``1e-5`` is a number, ``no`` is text.

Source: YAML 1.2.2, section 10.3.2, without what would surprise: leading zeros, NaN, infinities and integers of
more than 40 digits are refused with advice.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

MAX_DIGITS = 40
_CONSTANTS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NUMBERS = frozenset("+-.0123456789")


class Refused(ValueError):
    """A scalar that readers disagree on; ``code``, a sentence, and what to write instead."""

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


def core_scalar(text: str) -> Scalar:
    """The value of a plain scalar; raises Refused."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBERS:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _BASED.fullmatch(text):
        return _based(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _NOT_FINITE.fullmatch(text):
        raise Refused("yaml/not-finite", f"{text} is not a finite number", "write a number")
    return text


def _integer(text: str) -> int:
    digits = text.lstrip("+-")
    if len(digits) > MAX_DIGITS:
        raise Refused(
            "yaml/long-integer", f"an integer of {len(digits)} digits", f"at most {MAX_DIGITS} digits are read"
        )
    if len(digits) > 1 and digits[0] == "0":
        plain = digits.lstrip("0") or "0"
        message = f"{text} is octal to some readers and decimal to others"
        raise Refused("yaml/leading-zero", message, f"write {plain}, or '{text}' in quotes if it is text")
    return int(text)


def _based(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Refused("yaml/long-integer", f"an integer of {len(text) - 2} digits", f"at most {MAX_DIGITS} are read")
    return int(text, 0)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise Refused(
            "yaml/not-finite", f"{text[:40]} is larger than any number a computer holds", "write a smaller one"
        )
    return value
