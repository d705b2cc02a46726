"""One chunk of lines to what is known of it: findings, tokens, and hashes for what rows have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from ftsdk.data.booking import Booking, near_texts
from ftsdk.data.decode import decode
from ftsdk.data.facts import ChunkFacts, Settings
from ftsdk.data.found import Finding
from ftsdk.data.lines import Chunk
from ftsdk.data.people import People, people
from ftsdk.data.plain import take_answers, take_metadata, take_plain
from ftsdk.data.private import BY_NAME, KINDS, Kind, find, texts_of
from ftsdk.data.repeats import keys_of
from ftsdk.data.rows import make_row, mapping_faults, refused
from ftsdk.data.screen import Suspicion, screen
from ftsdk.data.tokens import OpenAICounter
from ftsdk.data.value import AnyRow, GradedRow, PreferenceRow
from ftsdk.data.wire import Glance, Plain, keys_held, keys_written

Ids = Sequence[int] | NDArray[np.uint32]


class Reader:
    """Turns chunks into facts; one a process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._glance = Glance()
        self._look = screen()
        self._booking = Booking(settings) if settings.counter is not None else None
        self.people = people(settings.names) if settings.names else None
        # The quick way of counting is OpenAI's; other templates are asked row by row.
        self._quick = settings.method == "sft" and isinstance(settings.counter, (OpenAICounter, type(None)))

    def read(self, chunk: Chunk) -> ChunkFacts:
        """All that is known of ``chunk``."""
        facts = ChunkFacts(bytes=len(chunk.data))
        if chunk.too_long:
            message, help = "the line is longer than 16 MB", "write one row a line, each ended by a line feed"
            facts.findings.append(Finding("data/long-line", chunk.first_line, message, help, 1))
            facts.refused = 1
            return facts
        self._rows(chunk, facts)
        self.close(facts)
        facts.sort()  # plain rows were taken first
        return facts

    def close(self, facts: ChunkFacts) -> None:
        """Book the tokens of the rows that were taken."""
        if self._booking is not None:
            self._booking.close(facts)

    def tokens_at(self, lines: Sequence[bytes]) -> Sequence[Ids]:
        """The tokens by which the rows on ``lines``, read again, are compared."""
        return self._ids_of([self._texts(line) for line in lines])

    def near_ids(self, rows: Sequence[AnyRow]) -> Sequence[Ids]:
        """The tokens by which ``rows`` are compared."""
        return self._ids_of([near_texts(row) for row in rows])

    def _texts(self, line: bytes) -> Sequence[str]:
        chat = self._glance.clean(line) if self._quick else None
        if chat is None:
            return near_texts(make_row(decode(line).value, 0, self.settings.method))
        return chat.contents[1:] if chat.system else chat.contents

    def _ids_of(self, rows: Sequence[Sequence[str]]) -> Sequence[Ids]:
        return self._booking.near_ids(rows) if self._booking is not None else [()] * len(rows)

    def _rows(self, chunk: Chunk, facts: ChunkFacts) -> None:
        lines = chunk.data.split(b"\n")
        if not chunk.last:
            lines.pop()
        looks = self._look(lines)
        chats = self._chats(lines, looks, chunk.data)
        numbers, offsets, sizes = _places(chunk, lines)
        plain = np.array([chat is not None for chat in chats], bool)
        rows = [chat for chat in chats if chat is not None]
        if rows:
            take_plain(facts, rows, numbers[plain], offsets[plain])
            if self._booking is not None:
                self._booking.plain(rows, numbers[plain], sizes[plain])
        for place in np.flatnonzero(~plain).tolist():
            last = chunk.last and place == len(lines) - 1
            self._judged_row(lines[place], chunk.first_line + place, int(offsets[place]), facts, last)
        if self.settings.private:
            for number, (line, look) in enumerate(zip(lines, looks, strict=True), chunk.first_line):
                if look.kinds or self.people:
                    facts.findings += private_findings(decode(line).value, number, look.kinds, self.people)

    def _chats(self, lines: Sequence[bytes], looks: Sequence[Suspicion], data: bytes) -> list[Plain | None]:
        """The plain chats among ``lines``; keys are counted over all, and line by line where that does not add up."""
        if not self._quick:
            return [None] * len(lines)
        clean = self._glance.clean
        chats = [None if look.odd else clean(line) for line, look in zip(lines, looks, strict=True)]
        # The keys of plain chats, what other lines write, and quotes before colons inside texts: is that every one?
        marks = sum(map(keys_held, filter(None, chats)))
        for line, look, chat in zip(lines, looks, chats, strict=True):
            if chat is None:
                marks += line.count(b'":')
            elif look.quoted:
                marks += line.count(b'\\":')
        if data.count(b'":') == marks:
            return chats
        return [
            chat if chat is not None and keys_written(line) == keys_held(chat) else None
            for chat, line in zip(chats, lines, strict=True)
        ]

    def _judged_row(self, line: bytes, number: int, offset: int, facts: ChunkFacts, last: bool) -> None:
        if not line or line.isspace():
            facts.blank += 1
            return
        decoded = decode(line, last=last)
        if decoded.fault is not None:
            fault = decoded.fault
            facts.findings.append(Finding(fault.code, number, fault.message, fault.help, fault.column))
            facts.refused += 1
            return
        for key in decoded.repeated:
            message = f"the key '{key[:40]}' is given twice; only the last would be kept"
            facts.findings.append(Finding("data/duplicate-key", number, message, "write each key once", 1))
        faults = mapping_faults(decoded.value, self.settings.method)
        facts.findings += [Finding(fault.code, number, fault.message, fault.help, 1) for fault in faults]
        if decoded.repeated or refused(faults):
            facts.refused += 1
            return
        self.take(make_row(decoded.value, number, self.settings.method), len(line), offset, facts)

    def take(self, row: AnyRow, size: int, offset: int, facts: ChunkFacts) -> None:
        """Add a row that holds, of any method, of ``size`` bytes at ``offset``."""
        number = row.line
        facts.row(number, offset, *keys_of(row))
        if not isinstance(row, (PreferenceRow, GradedRow)) and row.answer:
            take_answers(facts, [row.answer], [number])
        if row.messages[0].role == "system":
            facts.systems[xxh3_64_intdigest(row.messages[0].content.encode("utf-8", "surrogatepass"))] += 1
        take_metadata(facts, row.metadata, number)
        if self._booking is not None:
            self._booking.row(row, size, facts)


def _places(chunk: Chunk, lines: Sequence[bytes]) -> tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.uint32]]:
    """The number, the offset in the file and the size of every line."""
    sizes = np.fromiter(map(len, lines), np.uint32, len(lines))
    ends = np.cumsum(sizes + np.uint64(1), dtype=np.uint64)
    numbers = np.arange(chunk.first_line, chunk.first_line + len(lines), dtype=np.uint32)
    return numbers, ends - sizes - np.uint64(1) + np.uint64(chunk.offset), sizes


def private_findings(
    value: Any, number: int, kinds: Sequence[Kind] = KINDS, people: People | None = None
) -> list[Finding]:
    """One finding for each kind of private data in a decoded row; the data itself is not repeated."""
    texts = list(texts_of(value))
    told = Counter(item.kind for text in texts for item in find(text, kinds))
    if people is not None:
        told.update(item.kind for text in texts for item in people.find(text))
    findings = []
    for name, count in told.items():
        kind = BY_NAME[name]
        times = f", {count} times" if count > 1 else ""
        help = f"`ft data fix` writes [{name}] in its place; or remove the row"
        findings.append(Finding(f"data/{kind.sort}", number, f"the row holds {kind.title} [{name}]{times}", help))
    return findings
