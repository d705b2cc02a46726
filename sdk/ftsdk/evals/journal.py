"""The answer journal: every answer is written down once it is there, and found again by what was asked."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from pydantic import ValidationError

from ftsdk.data.value import Message
from ftsdk.errors import FtsdkError
from ftsdk.providers.inference import Answer, Params


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


class Journal:
    """Append-only JSONL, one answer a line, in the operating system's hands as soon as ``put`` returns.

    A line that a crash tore is passed over and asked again; a line written twice does no harm. ``close`` (or leaving
    the ``with`` block) forces the file to disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._answers: dict[str, object] = {}
        self._file: BinaryIO | None = None
        self._torn = False
        self._read()

    def get(self, key: str) -> Answer | None:
        """The stored answer, or None; one that no longer has an answer's shape counts as none."""
        try:
            return Answer.model_validate(self._answers[key])
        except (KeyError, ValidationError):
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Writes an answer down. Raises FtsdkError when the disk refuses; all earlier answers stay."""
        stored = answer.model_dump(mode="json")
        line = json.dumps({"key": key, "answer": stored}, separators=(",", ":")).encode() + b"\n"
        try:
            self._append(b"\n" + line if self._torn else line)
        except OSError as error:
            self._torn = True
            raise FtsdkError(
                f"the answer journal {self.path} cannot be written: {error.strerror or error}",
                help="no earlier answer is lost: free space or correct the permissions, then start again",
            ) from error
        self._torn = False
        self._answers[key] = stored

    def close(self) -> None:
        """Forces what was written to disk and lets go of the file."""
        if self._file is not None:
            file, self._file = self._file, None
            with file:
                os.fsync(file.fileno())

    def __len__(self) -> int:
        return len(self._answers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise FtsdkError(
                f"the answer journal {self.path} cannot be read: {error.strerror or error}",
                help="correct its permissions, or move it away to ask everything again",
            ) from error
        self._torn = not content.endswith(b"\n") and bool(content)
        for line in content.splitlines():
            self._remember(line)

    def _remember(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            self._answers[str(record["key"])] = record["answer"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return  # torn by a crash, or no line of ours: what it held is asked again

    def _append(self, data: bytes) -> None:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
