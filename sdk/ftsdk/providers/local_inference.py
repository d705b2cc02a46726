"""Answers from a child process: JSON lines in, JSON lines out, many questions under way at once.

The child is ``SERVER --model PATH [--adapter DIR]``. It says ``{"ready": true, ...}`` first, then one line for each
request ``{"id", "messages", "max_tokens"}``: ``{"id", "text", "prompt_tokens", "completion_tokens", "finish_reason",
"seconds"}`` or ``{"id", "error": {"owner", "message", "help"}}``. It decodes what waits together as one batch and ends
when its input ends, so it cannot outlive us, whatever kills us.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any, Self

from ftsdk.data.value import Message
from ftsdk.errors import ProviderError
from ftsdk.providers.files import explained
from ftsdk.providers.inference import Answer, Params, Usage

LINE_BYTES = 64 << 20
GRACE_SECONDS = 5.0
DEATHS_IN_A_ROW = 2  # without an answer in between; after that the client gives up

# Errors that belong to the question are an answer's error; the others are the provider's failure.
OWNERS_OF_THE_QUESTION = frozenset({"data", "configuration"})


class LocalInference:
    """Answers of one local model. The child starts with the first question and is started again once when it dies."""

    concurrency = 256

    def __init__(self, model: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.model = model
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log.with_name(f"{log.stem}-{token_hex(4)}{log.suffix}")  # clients do not mix their last words
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting: asyncio.Lock | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last_id = 0
        self._deaths = 0
        self._closed = False

    async def complete(self, model: str, messages: Sequence[Message], params: Params) -> Answer:
        """One greedy answer. Raises ProviderError when the process failed or the parameters are not served."""
        self._refuse_what_is_not_served(model, params)
        began = time.perf_counter()
        reply = await self._ask({"messages": [m.model_dump() for m in messages], "max_tokens": params.max_tokens})
        self._deaths = 0
        return _answer(reply, time.perf_counter() - began)

    async def aclose(self) -> None:
        """End the child: its input ends, then SIGTERM, then SIGKILL. Questions under way get a ProviderError."""
        self._closed = True
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for harder in (process.terminate, process.kill):
            try:
                await asyncio.wait_for(process.wait(), GRACE_SECONDS)
                break
            except TimeoutError:
                with suppress(ProcessLookupError):
                    harder()
        code = await process.wait()
        if self._reader is not None:
            await self._reader
        if code == 0:
            self._log.unlink(missing_ok=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _refuse_what_is_not_served(self, model: str, params: Params) -> None:
        if model != self.model:
            raise ProviderError(f"this client answers as {self.model!r}, not as {model!r}", owner="configuration")
        if params.temperature != 0:
            raise ProviderError(
                f"the embedded engine answers greedily; temperature {params.temperature} is not served",
                help="set temperature to 0",
                owner="configuration",
            )
        if params.response_format is not None:
            raise ProviderError(
                "the embedded engine holds answers to no format",
                help="leave response_format out for this connection",
                owner="configuration",
            )

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        stdin = await self._input()
        self._last_id += 1
        number = self._last_id
        self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            with suppress(ConnectionError):  # a child that died says so through the reader, with its last words
                stdin.write(json.dumps({"id": number, **request}).encode() + b"\n")
                await stdin.drain()
            return await self._waiting[number]
        finally:
            self._waiting.pop(number, None)

    async def _input(self) -> asyncio.StreamWriter:
        """The child's stdin; starts the child when there is none."""
        self._starting = self._starting or asyncio.Lock()
        async with self._starting:
            if self._closed:
                raise ProviderError(f"the client of {self.model!r} was closed", help="make a new one")
            if self._process is None:
                if self._deaths >= DEATHS_IN_A_ROW:
                    raise self._death()
                await self._start()
            assert self._process is not None
            assert self._process.stdin is not None
            return self._process.stdin

    async def _start(self) -> None:
        with explained("start the model's process", self._log):
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    env=self._environment,
                    limit=LINE_BYTES,
                )
        self._process = process
        assert process.stdout is not None
        self._reader = asyncio.create_task(self._read(process, process.stdout))

    async def _read(self, process: asyncio.subprocess.Process, stdout: asyncio.StreamReader) -> None:
        """Hand each reply to the question that waits for it, until the child ends."""
        try:
            while line := await stdout.readline():
                self._deliver(json.loads(line))
        except ValueError as error:  # not JSON, or a line without end: nothing after it can be trusted
            with self._log.open("a") as log:
                log.write(f"the process answered with something that is not a line of JSON: {error}\n")
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        self._bury(process)

    def _deliver(self, reply: dict[str, Any]) -> None:
        waiting = self._waiting.get(reply.get("id", 0))
        if waiting is not None and not waiting.done():  # nobody waits for the ready line or a question given up
            waiting.set_result(reply)

    def _bury(self, process: asyncio.subprocess.Process) -> None:
        if self._process is process:  # it died; a child that was asked to end is no longer there
            self._process = None
            self._deaths += 1
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(self._death())

    def _death(self) -> ProviderError:
        if self._closed:
            return ProviderError(f"the client of {self.model!r} was closed before the answer came")
        lines = [line.strip() for line in _tail(self._log).splitlines() if line.strip()]
        said = f"it last said: {lines[-1]}" if lines else "it said nothing, most likely killed because memory ran out"
        return ProviderError(
            f"the process that answers as {self.model!r} died; {said}",
            help=f"ask again to start it anew; its log is {self._log}",
        )


def _answer(reply: dict[str, Any], latency: float) -> Answer:
    if (error := reply.get("error")) is None:
        return Answer(
            text=reply["text"],
            usage=Usage(prompt_tokens=reply["prompt_tokens"], completion_tokens=reply["completion_tokens"]),
            latency=latency,
            finish_reason=reply["finish_reason"],
        )
    if error["owner"] not in OWNERS_OF_THE_QUESTION:
        raise ProviderError(error["message"], help=error.get("help"), owner=error["owner"])
    nothing = Usage(prompt_tokens=0, completion_tokens=0)
    return Answer(text="", usage=nothing, latency=latency, finish_reason="error", error=error["message"])


def _tail(path: Path) -> str:
    with suppress(FileNotFoundError):
        return path.read_bytes()[-4096:].decode(errors="replace")
    return ""
