"""Bytes to text: UTF-8 without a byte order mark, of bounded size, with no character that an editor would not show."""

from __future__ import annotations

import re

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec.places import Span, error

MAX_BYTES = 1_000_000
MAX_HIDDEN = 20

# C0 and C1 controls; line separators that libyaml counts and editors do not; marks that reverse what a reviewer sees;
# zero-width characters; non-characters. A carriage return is legal before a line feed only.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]|\r(?!\n)"
)


def decode(data: bytes, file: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of ``data``, or None with the reasons why it is refused."""
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1_000_000} MB"
        return None, (error("yaml/too-large", message, Span(1, 1, 1, 1).place(file), "keep data in files of its own"),)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = Span(1, 1, 1, 1).place(file)
        return None, (error("yaml/encoding", "the file is UTF-16, not UTF-8", start, "save it as UTF-8"),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        span = _after(data[: bad.start].decode("utf-8-sig", "replace"))
        message = f"byte 0x{data[bad.start]:02x} here is not UTF-8"
        return None, (error("yaml/encoding", message, span.place(file), "save the file as UTF-8"),)
    hidden = _hidden_characters(text, file)
    return (None, hidden) if hidden else (text, ())


def shows_everything(text: str) -> bool:
    """Whether ``text`` is free of control, bidirectional and other hidden characters."""
    return _HIDDEN.search(text) is None


def _hidden_characters(text: str, file: str) -> tuple[Diagnostic, ...]:
    found = []
    for match in _HIDDEN.finditer(text):
        span = _after(text[: match.start()])
        place = span._replace(end_column=span.column + 1).place(file)
        name = f"U+{ord(match.group()):04X}"
        if match.group() == "\r":
            message, advice = "a carriage return stands without a line feed", "end lines with LF or CRLF"
        else:
            message, advice = f"hidden character {name}", "remove it: reviewers and editors do not see it"
        found.append(error("yaml/hidden-character", message, place, advice))
        if len(found) == MAX_HIDDEN:
            break
    return tuple(found)


def _after(text: str) -> Span:
    """The place just past ``text``."""
    line = text.count("\n") + 1
    column = len(text) - (text.rfind("\n") + 1) + 1
    return Span(line, column, line, column)
