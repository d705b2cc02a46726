"""One line to one JSON value, or the one thing that is wrong with the line, at its column."""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import isinf
from typing import Any, NamedTuple, NoReturn

NUMBER = "write a number that programs can hold, or a text"


class LineFault(NamedTuple):
    """Why a line holds no value; ``column`` counts from 1, in characters."""

    code: str
    message: str
    column: int
    help: str


class Decoded(NamedTuple):
    """A line's value with the keys that one of its objects has twice, or the fault in its place."""

    value: Any
    repeated: tuple[str, ...] = ()
    fault: LineFault | None = None


def decode(line: bytes, *, last: bool = False) -> Decoded:
    """The value in ``line``; ``last`` says that the file ended without a line feed after it."""
    if b"\0" in line:
        return Decoded(None, fault=_nul(line))
    try:
        text = line.decode()
    except UnicodeDecodeError as bad:
        return Decoded(None, fault=_not_utf8(line, bad.start))
    repeated: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            repeated.extend(_twice(key for key, _ in pairs))
        return value

    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=unique)
    except json.JSONDecodeError as bad:
        return Decoded(None, fault=_not_json(text, bad, last))
    except _NotANumber as bad:
        return Decoded(None, fault=LineFault("data/number", f"{bad} is no JSON number", 1, NUMBER))
    except RecursionError:
        help = "a row is a short object; write nested data as a text"
        return Decoded(None, fault=LineFault("data/deep", "values nested deeper than a row can be", 1, help))
    except ValueError:
        return Decoded(None, fault=LineFault("data/number", "a number of thousands of digits", 1, NUMBER))
    return Decoded(value, tuple(repeated))


def _nul(line: bytes) -> LineFault:
    if line.count(b"\0") * 3 >= len(line) > 3 and not line.startswith(b"\0\0"):
        return LineFault("data/not-utf8", "the file looks like UTF-16", 1, "save the file as UTF-8")
    column = len(line[: line.index(b"\0")].decode("utf-8", "replace")) + 1
    help = "the file was damaged, or is not text: write it again"
    return LineFault("data/nul", "the line holds NUL bytes", column, help)


def _not_utf8(line: bytes, at: int) -> LineFault:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        return LineFault("data/not-utf8", "the file looks like UTF-16", 1, "save the file as UTF-8")
    column = len(line[:at].decode("utf-8", "replace")) + 1
    return LineFault("data/not-utf8", f"byte 0x{line[at]:02x} is not UTF-8", column, "save the file as UTF-8")


def _not_json(text: str, bad: json.JSONDecodeError, last: bool) -> LineFault:
    if last and (bad.pos >= len(text.rstrip()) or bad.msg.startswith("Unterminated string")):
        help = "the file was not written to its end: write or fetch it again"
        return LineFault("data/cut-off", "the file ends inside this row", bad.colno, help)
    help = "write one JSON object a line; check quotes, commas and brackets here"
    return LineFault("data/not-json", f"this is not JSON: {bad.msg.lower()}", bad.colno, help)


class _NotANumber(Exception):
    """NaN or an infinity, which JSON does not have."""


def _no_constant(name: str) -> NoReturn:
    raise _NotANumber(name)


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise _NotANumber(text[:40])
    return value


def _twice(keys: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [key for key in keys if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
