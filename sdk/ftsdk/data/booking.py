"""The tokens of a chunk's rows: the texts of all rows are encoded together, then every row is booked under its fate."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ftsdk.data.encodings.fast import encode_all, encode_one, one_by_one
from ftsdk.data.facts import ChunkFacts, Settings
from ftsdk.data.found import Finding
from ftsdk.data.tokens import FRAME, OPENING, OpenAICounter, RowTokens, row_tokens
from ftsdk.data.tool_tokens import call_text
from ftsdk.data.value import AnyRow, PreferenceRow
from ftsdk.data.wire import Plain

if TYPE_CHECKING:
    from ftsdk.data.encodings.fast import EncodeAll

KEPT_COUNTS = 50_000  # system prompts whose token count is remembered


class Booking:
    """Collects the rows of one chunk after another; one a process."""

    def __init__(self, settings: Settings) -> None:
        counter = settings.counter
        assert counter is not None
        self._settings = settings
        self._counter = counter
        if isinstance(counter, OpenAICounter):
            self._encode = encode_one(counter.encoding_name)
            self._encode_all: EncodeAll = encode_all(counter.encoding_name)
        else:
            self._encode, self._encode_all = counter.encode, one_by_one(counter.encode)
        self._known: dict[str, int] = {}
        self._clear()

    def plain(self, chats: Sequence[Plain], numbers: NDArray[np.uint32], sizes: NDArray[np.uint32]) -> None:
        """The next rows: chats without tools or weights on lines ``numbers`` of ``sizes`` bytes."""
        counted = self._counted(sizes, numbers)
        if not counted.all():
            chats = [chats[place] for place in np.flatnonzero(counted).tolist()]
            numbers, sizes = numbers[counted], sizes[counted]
        texts, ends, fixed = self._texts, self._ends, self._fixed
        self._plain.extend(range(len(ends), len(ends) + len(chats)))
        for contents, system, _ in chats:
            frame = FRAME * len(contents) + OPENING
            if system:
                frame += self._count_known(contents[0])
                contents = contents[1:]
            fixed.append(frame)
            texts += contents
            ends.append(len(texts))
        self._numbers.frombytes(numbers.tobytes())
        self._sizes.frombytes(sizes.tobytes())

    def row(self, row: AnyRow, size: int, facts: ChunkFacts) -> None:
        """The next row, of any method."""
        if not self._counted(np.array([size]), np.array([row.line])).all():
            return
        if self._settings.near:
            self._texts += near_texts(row)
            self._ends.append(len(self._texts))
        tokens = row_tokens(row, self._counter, self._settings.limit, cut=self._settings.cut)
        self._book(facts, row.line, size, tokens)

    def close(self, facts: ChunkFacts) -> None:
        """Encode what was collected, book it, and begin anew."""
        if self._ends:
            ids, text_ends = self._encode_all(self._texts)
            upto = np.concatenate([np.zeros(1, np.int64), text_ends])
            row_ends = upto[np.frombuffer(self._ends, np.uint32)]
            self._book_plain(facts, upto, row_ends)
            if self._settings.near:
                from ftsdk.data.near import band_hashes

                facts.bands = band_hashes(ids, row_ends.astype(np.uint64))
        self._clear()

    def near_ids(self, rows: Sequence[Sequence[str]]) -> list[NDArray[np.uint32]]:
        """The ids of each row's texts, one after another."""
        ids, ends = self._encode_all([text for texts in rows for text in texts])
        upto = np.concatenate([np.zeros(1, np.int64), ends])[np.cumsum([len(texts) for texts in rows])]
        return np.split(ids, upto[:-1])

    def _counted(self, sizes: NDArray[np.integer], numbers: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Which rows' tokens are counted: those of the sample, and of any row that may be too long.

        A token is at least one byte, so only a line with more bytes than the limit can have more tokens.
        """
        limit = self._settings.limit
        sampled = self._sampled(numbers)
        return sampled if limit is None else sampled | (sizes > limit)

    def _clear(self) -> None:
        self._texts: list[str] = []
        self._ends = array("I")  # of each row that is compared, how many texts there are with its own
        self._plain = array("I")  # of each plain row, its place in ``_ends``
        self._numbers, self._sizes, self._fixed = array("I"), array("I"), array("I")

    def _book_plain(self, facts: ChunkFacts, upto: NDArray[np.int64], row_ends: NDArray[np.int64]) -> None:
        """Book the plain chats, of which the answer stands last before the opening."""
        places = np.frombuffer(self._plain, np.uint32)
        if not len(places):
            return
        numbers, sizes = np.frombuffer(self._numbers, np.uint32), np.frombuffer(self._sizes, np.uint32)
        begins = np.concatenate([np.zeros(1, np.int64), row_ends])[places]
        last = np.frombuffer(self._ends, np.uint32)[places]
        learnt = upto[last] - upto[last - 1]
        totals = row_ends[places] - begins + np.frombuffer(self._fixed, np.uint32)
        limit = self._settings.limit
        within = np.ones(len(places), bool) if limit is None else totals <= limit
        for place in np.flatnonzero(~within).tolist():
            tokens = self._beyond(int(totals[place]), int(learnt[place]))
            self._book(facts, int(numbers[place]), int(sizes[place]), tokens)
        if self._settings.share < 1:
            within &= self._sampled(numbers)
        totals, learnt = totals[within], learnt[within]
        facts.counted += len(totals)
        facts.counted_bytes += int(sizes[within].sum())
        total, trained = int(totals.sum()), int(learnt.sum())
        for place, count in enumerate((total, trained, total - trained)):
            facts.tokens[place] += count
        facts.lengths.frombytes(totals.astype(np.uint32).tobytes())
        facts.length_lines.frombytes(numbers[within].tobytes())

    def _beyond(self, total: int, learnt: int) -> RowTokens:
        """Where the tokens of a plain chat past the limit go."""
        limit = self._settings.limit
        assert limit is not None
        lost = min(learnt, max(0, total - limit - OPENING))
        if self._settings.cut:
            return RowTokens(total, learnt - lost, limit - learnt + lost, total - limit, 0, lost, total)
        return RowTokens(total, 0, 0, 0, total, lost, total)

    def _sampled(self, numbers: NDArray[np.integer]) -> NDArray[np.bool_]:
        share = self._settings.share
        if share >= 1:
            return np.ones(len(numbers), bool)
        return (numbers.astype(np.uint64) * np.uint64(2_654_435_761) & np.uint64(0xFFFFFFFF)) < share * 2**32

    def _count_known(self, text: str) -> int:
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= KEPT_COUNTS:
                self._known.clear()
            known = self._known[text] = len(self._encode(text))
        return known

    def _book(self, facts: ChunkFacts, number: int, size: int, tokens: RowTokens) -> None:
        if self._sampled(np.array([number])).all():
            facts.counted += 1
            facts.counted_bytes += size
            facts.tokens = [total + part for total, part in zip(facts.tokens, tokens, strict=False)]
            facts.lengths.append(tokens.longest)
            facts.length_lines.append(number)
        limit = self._settings.limit
        if limit is None or tokens.longest <= limit:
            return
        if self._settings.cut and tokens.answer_cut:
            message = (
                f"{tokens.longest:,} tokens where {limit:,} are taken: {tokens.answer_cut:,} of the answer are cut off"
            )
            help = "shorten the prompt or the answer, or remove the row: a cut answer teaches to stop early"
            facts.findings.append(Finding("data/answer-cut", number, message, help))
        else:
            message = f"line {number} has {tokens.longest:,} tokens; the model takes {limit:,}"
            facts.findings.append(Finding("data/too-long", number, message, "shorten or remove the row"))


def near_texts(row: AnyRow) -> list[str]:
    """The texts by which rows are compared: every word but the system message's, which many rows share."""
    turns = [turn for turn in row.messages if turn.role != "system"]
    if isinstance(row, PreferenceRow):
        turns += [*row.preferred, *row.rejected]
    said = ((turn.content, *(call_text(call) for call in turn.tool_calls)) for turn in turns)
    return [text for texts in said for text in texts if text]
