"""JSON Lines and JSON arrays to records, without ever holding more than one record and a chunk."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from ftsdk.data.importing.record import Broken, Record

MAX_BYTES = 16_000_000
CHUNK = 1 << 18
SPACE = re.compile(r"[ \t\r\n]*")


def json_lines(file: BinaryIO) -> Iterator[Record]:
    """One JSON object a line; blank lines are skipped but counted."""
    line = 0
    while data := file.readline(MAX_BYTES + 1):
        line += 1
        if len(data) > MAX_BYTES:
            yield Record(line, None, f"the line is longer than {MAX_BYTES // 1_000_000} MB")
            while data and not data.endswith(b"\n"):
                data = file.readline(MAX_BYTES)
        elif data.strip(b" \t\r\n\xef\xbb\xbf"):
            yield _decoded(line, data)


def json_array(file: BinaryIO) -> Iterator[Record]:
    """The objects of one JSON array; raises Broken at what is no JSON, because nothing after it can be told apart."""
    reader = _Array(file)
    reader.expect("[")
    while reader.peek() != "]":
        line = reader.line
        value = reader.value()
        yield Record(line, value) if isinstance(value, dict) else Record(line, None, "it is not a JSON object")
        if reader.peek() == ",":
            reader.expect(",")
        elif reader.peek() != "]":
            raise reader.broken("a comma or ] is missing")


class _Array:
    """A window that moves over the text of an array."""

    def __init__(self, file: BinaryIO) -> None:
        self.line = 1
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._ended = False
        self._json = json.JSONDecoder()
        self._more()
        self._text = self._text.removeprefix("\ufeff")

    def peek(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            found = SPACE.match(self._text, self._at)
            self._pass(found.end() if found else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                raise self.broken("the file ends inside the array")
            self._more()

    def expect(self, character: str) -> None:
        """Step over ``character``."""
        if self.peek() != character:
            raise self.broken(f"{character} is missing")
        self._pass(self._at + 1)

    def value(self) -> Any:
        """The next value, read as far as it goes."""
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except RecursionError:
                raise self.broken("a value is nested too deep") from None
            except ValueError as bad:  # a number too long is a plain ValueError
                if self._ended or len(self._text) - self._at > MAX_BYTES:
                    raise self._not_json(bad) from None
                self._more()
                continue
            if end == len(self._text) and not self._ended:  # a number may go on in the next chunk
                self._more()
                continue
            self._pass(end)
            return value

    def broken(self, what: str, at: int | None = None) -> Broken:
        """The error for what stands at ``at`` (here when absent)."""
        line = self.line + self._text.count("\n", self._at, at if at is not None else self._at)
        return Broken(f"line {line}: {what}; what follows was not read", "mend the file there, then import it again")

    def _not_json(self, bad: ValueError) -> Broken:
        what, at = getattr(bad, "msg", "a number too long").lower(), getattr(bad, "pos", self._at)
        if at >= len(self._text.rstrip()) or "unterminated" in what:
            return self.broken("the file ends inside the array")
        return self.broken(f"this is not JSON: {what}", at)

    def _pass(self, end: int) -> None:
        self.line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self) -> None:
        kept = self._text[self._at :]
        data = self._file.read(max(CHUNK, len(kept)))
        try:
            self._text = kept + self._decode.decode(data, final=not data)
        except UnicodeDecodeError:
            raise self.broken("bytes that are not UTF-8") from None
        self._at, self._ended = 0, not data


def _decoded(line: int, data: bytes) -> Record:
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as bad:
        return Record(line, None, f"byte 0x{data[bad.start]:02x} is not UTF-8")
    except json.JSONDecodeError as bad:
        return Record(line, None, f"this is not JSON: {bad.msg.lower()} (column {bad.colno})")
    except (RecursionError, ValueError):
        return Record(line, None, "a value nested too deep or a number too long")
    return Record(line, value) if isinstance(value, dict) else Record(line, None, "it is not a JSON object")
