"""The chunks of a file to their facts, in order, by this process or by several."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, BinaryIO, TypeVar

from ftsdk.data.chunk import Reader
from ftsdk.data.encodings.fast import encode_all
from ftsdk.data.facts import ChunkFacts, Settings
from ftsdk.data.lines import CHUNK_BYTES, Chunk, chunks
from ftsdk.data.near import Likeness, Pair
from ftsdk.data.tokens import OpenAICounter
from ftsdk.errors import FtsdkError

PARALLEL_FROM = 16 << 20  # bytes; below it starting processes costs more than they save
NEAR_TIMES = 8
AHEAD = 3  # chunks a process that may wait for their turn

LINE_BYTES = 1 << 14

T = TypeVar("T")
_again: Again | None = None
_file: int = -1


def size_of(file: BinaryIO) -> int:
    """Bytes of an open (unpacked) file."""
    return os.fstat(file.fileno()).st_size


class Reading:
    """A file that is read, by this process or by several: its facts, and rows that are read again."""

    def __init__(self, file: BinaryIO, settings: Settings, pool: ProcessPoolExecutor | None, processes: int) -> None:
        self._file, self._settings, self._pool, self._processes = file, settings, pool, processes
        self._again = Again(Reader(settings), file.fileno()) if pool is None else None

    def facts(self) -> Iterator[ChunkFacts]:
        """The facts of every chunk, in the order of the file."""
        # Large where rows are sketched together or few of them are counted, small where memory is to stay flat.
        size = (NEAR_TIMES if self._settings.near or self._settings.share < 1 else 1) * CHUNK_BYTES
        if self._again is not None:
            yield from map(self._again.reader.read, chunks(self._file, size))
            return
        waiting: deque[Future[ChunkFacts]] = deque()
        try:
            for chunk in chunks(self._file, size):
                waiting.append(self._submit(_read, chunk._replace(data=b""), len(chunk.data)))
                if len(waiting) >= self._processes * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def alike(self, pairs: Sequence[Pair]) -> list[float]:
        """How alike the rows at these pairs of offsets are."""
        if self._again is not None:
            return self._again.alike(pairs)
        share = -(-len(pairs) // self._processes)
        parts = [pairs[start : start + share] for start in range(0, len(pairs), share)]
        return [score for future in [self._submit(_alike, part) for part in parts] for score in future.result()]

    def _submit(self, call: Callable[..., T], *given: Any) -> Future[T]:
        assert self._pool is not None
        with warnings.catch_warnings():  # of forking beside threads: none of ours holds a lock here
            warnings.simplefilter("ignore", DeprecationWarning)
            return self._pool.submit(call, *given)


class Again:
    """Rows that are read a second time."""

    def __init__(self, reader: Reader, file: int) -> None:
        self.reader = reader
        self.alike = Likeness(lambda offsets: reader.tokens_at([_line_at(file, offset) for offset in offsets]))


@contextmanager
def reading(file: BinaryIO, settings: Settings, processes: int) -> Iterator[Reading]:
    """``file`` to be read by so many processes; raises FtsdkError when one of them is killed."""
    if processes == 1:
        yield Reading(file, settings, None, 1)
        return
    if isinstance(settings.counter, OpenAICounter):
        encode_all(settings.counter.encoding_name)  # loaded once here; forked processes share its memory
    with ProcessPoolExecutor(processes, get_context("fork"), _begin, (settings, file.fileno())) as pool:
        try:
            yield Reading(file, settings, pool, processes)
        except BrokenProcessPool:
            help = "close something, or check with processes=1 (`--processes 1`)"
            raise FtsdkError("a process that read the file was killed; perhaps memory ran out", help=help) from None


def _line_at(file: int, offset: int) -> bytes:
    """The line that begins at a byte of the file; processes that share it do not move one another's place."""
    size = LINE_BYTES
    while b"\n" not in (data := os.pread(file, size, offset)) and len(data) == size:
        size *= 4
    return data.partition(b"\n")[0]


def _begin(settings: Settings, file: int) -> None:
    global _again, _file  # one reader a process, made when it starts
    os.environ["RAYON_NUM_THREADS"] = "1"  # rensa's: the processes are the parallelism
    _again, _file = Again(Reader(settings), file), file


def _read(chunk: Chunk, size: int) -> ChunkFacts:
    assert _again is not None
    return _again.reader.read(chunk._replace(data=os.pread(_file, size, chunk.offset)))


def _alike(pairs: Sequence[Pair]) -> list[float]:
    assert _again is not None
    return _again.alike(pairs)
