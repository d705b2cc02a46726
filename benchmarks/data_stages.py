"""Where the CPU-seconds of a check go: its six stages and its other checks one by one, beside tiktoken alone.

``python -m benchmarks.data_stages --rows 200000 [--plain]``: every stage runs over the same rows by itself, in the
chunks in which a check reads them, and tiktoken alone in between; `--plain` counts with tiktoken in our stages too.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from xxhash import xxh3_64_intdigest

from benchmarks._planted_rows import write
from benchmarks.data_pipeline import OUT, tiktoken_alone
from ftsdk.data.chunk import Reader, private_findings
from ftsdk.data.decode import decode
from ftsdk.data.encodings.fast import encode_all
from ftsdk.data.facts import ChunkFacts, Settings
from ftsdk.data.found import Findings
from ftsdk.data.lines import CHUNK_BYTES, chunks
from ftsdk.data.near import Likeness, NearIndex, band_hashes
from ftsdk.data.plain import take_answers
from ftsdk.data.repeats import KeyIndex, squeezed
from ftsdk.data.rows import mapping_faults
from ftsdk.data.screen import screen
from ftsdk.data.tokens import OpenAICounter
from ftsdk.data.wire import Glance, Plain, keys_held

SIX = ("read and split", "parse and schema", "exact tokens", "exact duplicates", "near-duplicates", "PII and secrets")


class Stages:
    """CPU-seconds by stage."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spent: dict[str, float] = defaultdict(float)
        self.glance, self.look, self.encode = Glance(), screen(), encode_all("o200k_base")
        self.keys, self.near = KeyIndex(), NearIndex()
        self.offsets: list[int] = []
        self.facts = ChunkFacts()
        self.system: dict[str, int] = {}

    @contextlib.contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.spent[stage] += time.process_time() - began

    def run(self) -> None:
        """All stages over the whole file."""
        with self.path.open("rb") as file:
            rest = chunks(file, 8 * CHUNK_BYTES)
            while True:
                with self.timed("read and split"):
                    chunk = next(rest, None)
                    lines = chunk.data.split(b"\n") if chunk else []
                if chunk is None:
                    break
                self.chunk(chunk.data, chunk.offset, chunk.first_line, lines)
            reader = Reader(Settings("sft", OpenAICounter("o200k_base")))
            with self.timed("exact duplicates"):
                again = {repeat.line for repeat in self.keys.repeats() if repeat.same}
            with self.timed("near-duplicates"):
                skip = np.zeros(len(self.offsets), bool)
                skip[[line for line in again if line < len(skip)]] = True
                alike = Likeness(lambda rows: reader.tokens_at([self.line(file, row) for row in rows]))
                for _ in self.near.pairs(alike, skip=skip):
                    pass
        with self.timed("findings put in order and typed"):
            findings = Findings("rows")
            findings.add(self.facts.findings)
            findings.diagnostics()

    def line(self, file: BinaryIO, row: int) -> bytes:
        """A row read again."""
        file.seek(self.offsets[row])
        return file.readline()

    def chunk(self, data: bytes, offset: int, first: int, lines: list[bytes]) -> None:
        """One chunk through every stage."""
        with self.timed("PII and secrets"):
            looks = self.look(lines)
            for number, (line, look) in enumerate(zip(lines, looks, strict=True), first):
                if look.kinds:
                    self.facts.findings += private_findings(decode(line).value, number, look.kinds)
        with self.timed("parse and schema"):
            chats = [None if look.odd else self.glance.clean(line) for line, look in zip(lines, looks, strict=True)]
        rows = [chat for chat in chats if chat is not None]
        with self.timed("keys given twice"):
            data.count(b'":') == sum(map(keys_held, rows))  # noqa: B015
        with self.timed("rows that are not plain, judged in words"):
            for line, chat in zip(lines, chats, strict=True):
                if chat is None and line and (value := decode(line).value) is not None:
                    mapping_faults(value, "sft")
        with self.timed("exact tokens"):
            texts = [text for chat in rows for text in chat.contents[chat.system :]]
            ids, ends = self.encode(texts)
            for chat in rows:
                if chat.system and chat.contents[0] not in self.system:
                    self.system[chat.contents[0]] = len(self.encode([chat.contents[0]])[0])
        with self.timed("exact duplicates"):
            prompts = [xxh3_64_intdigest(_prompt(chat)) for chat in rows]
            answers = [xxh3_64_intdigest(chat.contents[-1].encode()) for chat in rows]
            self.keys.add(prompts, answers, range(len(self.offsets), len(self.offsets) + len(rows)))
        with self.timed("near-duplicates"):
            last = np.cumsum([len(chat.contents) - chat.system for chat in rows]) - 1
            self.near.add(band_hashes(ids, ends[last].astype(np.uint64)))
        with self.timed("labels and whitespace of answers"):
            take_answers(self.facts, [chat.contents[-1] for chat in rows], range(len(rows)))
        sizes = np.fromiter(map(len, lines), np.int64, len(lines))
        starts = offset + np.cumsum(sizes + 1) - sizes - 1
        self.offsets += starts[[chat is not None for chat in chats]].tolist()


def _prompt(chat: Plain) -> bytes:
    return b"\n".join([squeezed(text) for text in chat.contents[chat.system : -1]])


def cpu_of(call: Callable[[], object]) -> float:
    """CPU-seconds of a call."""
    began = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        call()
    return time.process_time() - began


def main() -> None:
    """Print the stages and what they come to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--plain", action="store_true")
    args = parser.parse_args()
    if args.plain:
        sys.modules["toktok"] = None  # type: ignore[assignment]
    path = OUT / f"rows_{args.rows}.jsonl"
    write(path, args.rows)
    stages, before = Stages(path), cpu_of(lambda: tiktoken_alone(path))
    stages.run()
    alone = (before + cpu_of(lambda: tiktoken_alone(path))) / 2
    for name, seconds in sorted(stages.spent.items(), key=lambda item: item[0] not in SIX):
        print(f"  {name:42} {seconds:6.2f} CPU-s{'' if name in SIX else '  (no stage of the bar)'}")
    six = sum(stages.spent[name] for name in SIX)
    ratio = f"{alone / six:.2f} times its speed"
    print(f"the six: {six:.1f} CPU-s; tiktoken alone, before and after: {alone:.1f} CPU-s; {ratio}")


if __name__ == "__main__":
    main()
