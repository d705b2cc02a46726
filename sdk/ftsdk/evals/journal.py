"""The answer journal: every answer is written down once it is there, and found again by what was asked."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from pydantic import ValidationError

from ftsdk.data.value import Message
from ftsdk.errors import FtsdkError
from ftsdk.evals.places import Places
from ftsdk.providers.inference import Answer, Params
from ftsdk.values import Value


def answer_key(
    model: str, messages: Sequence[Message], params: Params, repeat: int = 0, *, asked: str | None = None
) -> str:
    """sha256 over what was asked of whom, as canonical JSON; equal questions have equal keys on every machine.

    ``repeat`` tells the answers to one question apart, ``asked`` is a question that is no chat.
    """
    question: dict[str, object] = {
        "model": model,
        "messages": [_written(message) for message in messages],
        "params": params.model_dump(mode="json"),
    }
    if repeat:
        question["repeat"] = repeat
    if asked is not None:
        question["asked"] = asked
    text = json.dumps(question, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _written(message: Message) -> dict[str, object]:
    if not message.tool_calls and message.tool_call_id is None:
        return {"role": message.role, "content": message.content}
    return message.model_dump(exclude={"weight"})


class _Line(Value):
    """What one line of a journal says."""

    key: str
    answer: Answer


class Journal:
    """Append-only JSONL, one answer a line, in the operating system's hands as soon as ``put`` returns.

    Answers stay on disk; in memory is only where each one is. A line that a crash tore is passed over and asked again;
    a line written twice does no harm. ``close`` (or leaving the ``with`` block) forces the file to disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places = Places()
        self._file: FileIO | None = None
        self._reader: BinaryIO | None = None
        self._torn = False
        self._read()

    def get(self, key: str) -> Answer | None:
        """The stored answer, or None; one that no longer has an answer's shape counts as none."""
        for place in self._places.of(key):
            try:
                line = _Line.model_validate_json(self._line_at(place))
            except ValidationError:
                continue
            if line.key == key:
                return line.answer
        return None

    def put(self, key: str, answer: Answer) -> None:
        """Writes an answer down. Raises FtsdkError when the disk refuses; all earlier answers stay."""
        stored = answer.model_dump(mode="json")
        line = json.dumps({"key": key, "answer": stored}, separators=(",", ":")).encode() + b"\n"
        try:
            end = self._append(b"\n" + line if self._torn else line)
        except OSError as error:
            self._torn = True
            raise FtsdkError(
                f"the answer journal {self.path} cannot be written: {error.strerror or error}",
                help="no earlier answer is lost: free space or correct the permissions, then start again",
            ) from error
        self._torn = False
        self._places.add(key, end - len(line))

    def close(self) -> None:
        """Forces what was written to disk and lets go of the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._file is not None:
            file, self._file = self._file, None
            with file:
                os.fsync(file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        place, line = 0, b"\n"
        try:
            with self.path.open("rb") as file:
                for line in file:
                    key = _key_of(line)
                    if key is not None:
                        self._places.add(key, place)
                    place += len(line)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unreadable(error) from error
        self._torn = not line.endswith(b"\n")

    def _line_at(self, place: int) -> bytes:
        try:
            if self._reader is None:
                self._reader = self.path.open("rb")
            self._reader.seek(place)
            return self._reader.readline()
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> FtsdkError:
        return FtsdkError(
            f"the answer journal {self.path} cannot be read: {error.strerror or error}",
            help="correct its permissions, or move it away to ask everything again",
        )

    def _append(self, data: bytes) -> int:
        """Where the file ends after ``data``, which another process may have made longer before."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        return self._file.tell()


_OWN = re.compile(rb'\{"key":"([!#-\[\]-~]*)","answer":.*\}\}\n?', re.DOTALL)


def _key_of(line: bytes) -> str | None:
    """The key of a line; None for one that a crash tore (what it held is asked again), or that is none of ours."""
    own = _OWN.fullmatch(line)
    if own is not None:
        return own[1].decode()
    try:
        return str(json.loads(line)["key"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
