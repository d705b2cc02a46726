"""The chunks of a file to their facts, in order, by this process or by several."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import BinaryIO

from ftsdk.data.chunk import Reader
from ftsdk.data.encodings.fast import encode_all
from ftsdk.data.facts import ChunkFacts, Settings
from ftsdk.data.lines import CHUNK_BYTES, Chunk, chunks
from ftsdk.data.tokens import OpenAICounter
from ftsdk.errors import FtsdkError

PARALLEL_FROM = 16 << 20  # bytes; below it starting processes costs more than they save
NEAR_TIMES = 8
AHEAD = 3  # chunks a process that may wait for their turn

_reader: Reader | None = None
_file: int = -1


def size_of(file: BinaryIO) -> int:
    """Bytes of an open (unpacked) file."""
    return os.fstat(file.fileno()).st_size


def facts_of_file(file: BinaryIO, settings: Settings, processes: int) -> Iterator[ChunkFacts]:
    """The facts of every chunk, in the order of the file."""
    if processes == 1:
        reader = Reader(settings)
        return map(reader.read, chunks(file, _chunk_size(settings)))
    return _by_processes(file, settings, processes)


def _by_processes(file: BinaryIO, settings: Settings, processes: int) -> Iterator[ChunkFacts]:
    if isinstance(settings.counter, OpenAICounter):
        encode_all(settings.counter.encoding_name)  # loaded once here; forked processes share its memory
    waiting: deque[Future[ChunkFacts]] = deque()
    with ProcessPoolExecutor(processes, get_context("fork"), _begin, (settings, file.fileno())) as pool:
        try:
            for chunk in chunks(file, _chunk_size(settings)):
                with warnings.catch_warnings():  # of forking beside threads: none of ours holds a lock here
                    warnings.simplefilter("ignore", DeprecationWarning)
                    waiting.append(pool.submit(_read, chunk._replace(data=b""), len(chunk.data)))
                if len(waiting) >= processes * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            help = "close something, or check with processes=1 (`--processes 1`)"
            raise FtsdkError("a process that read the file was killed; perhaps memory ran out", help=help) from None
        finally:
            for future in waiting:
                future.cancel()


def _chunk_size(settings: Settings) -> int:
    """Large where rows are sketched together, small where memory is to stay flat."""
    return NEAR_TIMES * CHUNK_BYTES if settings.near else CHUNK_BYTES


def _begin(settings: Settings, file: int) -> None:
    global _reader, _file  # one reader a process, made when it starts
    os.environ["RAYON_NUM_THREADS"] = "1"  # rensa's: the processes are the parallelism
    _reader, _file = Reader(settings), file


def _read(chunk: Chunk, size: int) -> ChunkFacts:
    assert _reader is not None
    return _reader.read(chunk._replace(data=os.pread(_file, size, chunk.offset)))
