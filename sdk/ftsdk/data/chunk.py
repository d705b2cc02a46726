"""One chunk of lines to what is known of it: findings, tokens, and hashes for what rows have in common."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from xxhash import xxh3_64_intdigest

from ftsdk.data.decode import decode
from ftsdk.data.found import Finding
from ftsdk.data.lines import MAX_LINE_BYTES, Chunk
from ftsdk.data.private import BY_NAME, KINDS, Kind, find, texts_of
from ftsdk.data.repeats import squeezed
from ftsdk.data.rows import make_row, mapping_faults, refused
from ftsdk.data.screen import Suspicion, screen
from ftsdk.data.tokens import FRAME, OPENING, OpenAICounter, RowTokens, TokenCounter, encoder, row_tokens
from ftsdk.data.value import AnyRow, GradedRow, Method, PreferenceRow
from ftsdk.data.wire import Glance, WireChat, WireMessage, keys_held, keys_written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LABEL_LENGTH = 40  # a longer answer is no label
KEPT_COUNTS = 50_000  # system prompts whose token count is remembered


class Settings(NamedTuple):
    """What a check looks at. ``share`` of the rows have their tokens counted (1: all)."""

    method: Method
    counter: TokenCounter | None = None
    limit: int | None = None
    cut: bool = True
    near: bool = True
    private: bool = True
    share: float = 1.0


@dataclass
class ChunkFacts:
    """What one chunk adds; the sequences of ``lines`` to ``answers`` have one entry a row that holds."""

    findings: list[Finding] = field(default_factory=list)
    refused: int = 0
    blank: int = 0
    bytes: int = 0
    lines: array[int] = field(default_factory=lambda: array("I"))
    offsets: array[int] = field(default_factory=lambda: array("Q"))
    prompts: array[int] = field(default_factory=lambda: array("Q"))
    answers: array[int] = field(default_factory=lambda: array("Q"))
    ids: array[int] = field(default_factory=lambda: array("Q"))
    id_lines: array[int] = field(default_factory=lambda: array("I"))
    groups: array[int] = field(default_factory=lambda: array("Q"))
    counted: int = 0
    counted_bytes: int = 0
    tokens: list[int] = field(default_factory=lambda: [0] * 6)  # as the fields of RowTokens
    lengths: array[int] = field(default_factory=lambda: array("I"))
    length_lines: array[int] = field(default_factory=lambda: array("I"))
    spaced: list[int] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    systems: Counter[int] = field(default_factory=Counter)
    bands: NDArray[np.uint32] | None = None


class Reader:
    """Turns chunks into facts; one a process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._glance = Glance()
        self._look = screen()
        self._known: dict[str, int] = {}
        counter = settings.counter
        self._encode = encoder(counter) if counter is not None else None
        # The quick way of counting is OpenAI's; other templates are asked row by row.
        self._quick = settings.method == "sft" and (counter is None or isinstance(counter, OpenAICounter))

    def read(self, chunk: Chunk) -> ChunkFacts:
        """All that is known of ``chunk``."""
        facts = ChunkFacts(bytes=len(chunk.data))
        if chunk.too_long:
            message = "the line is longer than 16 MB"
            facts.findings.append(
                Finding(
                    "data/long-line", chunk.first_line, message, "write one row a line, each ended by a line feed", 1
                )
            )
            facts.refused = 1
            return facts
        ids, ends = array("I"), array("Q")
        self._rows(chunk, facts, ids, ends)
        self.add_bands(facts, ids, ends)
        return facts

    def add_bands(self, facts: ChunkFacts, ids: array[int], ends: array[int]) -> None:
        """The rows' band hashes, from the tokens of all and where each row's end."""
        if not ends:
            return
        import numpy as np

        from ftsdk.data.near import band_hashes

        facts.bands = band_hashes(np.frombuffer(ids, np.uint32), np.frombuffer(ends, np.uint64))

    def tokens_at(self, file: BinaryIO, offset: int) -> list[int]:
        """The tokens by which the row at ``offset`` is compared, read again."""
        file.seek(offset)
        line = file.readline(MAX_LINE_BYTES + 1)
        counter = self.settings.counter
        assert counter is not None
        chat = self._glance.clean(line) if self._quick else None
        if chat is None:
            return near_ids(make_row(decode(line).value, 0, self.settings.method), counter)
        ids: list[int] = []
        for turn in chat.messages:
            if turn.role != "system":
                ids += counter.encode(turn.content)
        return ids

    def _rows(self, chunk: Chunk, facts: ChunkFacts, ids: array[int], ends: array[int]) -> None:
        offset, private = chunk.offset, self.settings.private
        lines = chunk.data.split(b"\n")
        if not chunk.last:
            lines.pop()
        looks = [self._look(line) for line in lines]
        chats = self._chats(lines, looks, chunk.data)
        for number, (line, look, chat) in enumerate(zip(lines, looks, chats, strict=True), chunk.first_line):
            if chat is not None:
                self._quick_row(chat, line, number, offset, facts, ids, ends)
            elif line and not line.isspace():
                last = chunk.last and number - chunk.first_line == len(lines) - 1
                self._judged_row(line, number, offset, facts, ids, ends, last)
            else:
                facts.blank += 1
            if private and look.kinds:
                facts.findings += private_findings(decode(line).value, number, look.kinds)
            offset += len(line) + 1

    def _chats(self, lines: Sequence[bytes], looks: Sequence[Suspicion], data: bytes) -> list[WireChat | None]:
        """The plain chats among ``lines``; keys are counted over all, and line by line where that does not add up."""
        if not self._quick:
            return [None] * len(lines)
        clean = self._glance.clean
        chats = [None if look.odd else clean(line) for line, look in zip(lines, looks, strict=True)]
        others = sum(keys_written(line) for line, chat in zip(lines, chats, strict=True) if chat is None)
        if keys_written(data) == others + sum(keys_held(chat) for chat in chats if chat is not None):
            return chats
        return [
            chat if chat is not None and keys_written(line) == keys_held(chat) else None
            for chat, line in zip(chats, lines, strict=True)
        ]

    def _quick_row(
        self,
        chat: WireChat,
        line: bytes,
        number: int,
        offset: int,
        facts: ChunkFacts,
        ids: array[int],
        ends: array[int],
    ) -> None:
        messages = chat.messages
        answer = messages[-1].content
        turns = messages
        if messages[0].role == "system":
            turns = messages[1:]
            facts.systems[xxh3_64_intdigest(messages[0].content.encode())] += 1
        prompt = b"\n".join([squeezed(turn.content) for turn in turns[:-1]])
        self._row(facts, number, offset, xxh3_64_intdigest(prompt), xxh3_64_intdigest(answer.encode()))
        if answer[0].isspace() or answer[-1].isspace():
            facts.spaced.append(number)
        if len(answer) <= LABEL_LENGTH:
            facts.labels[answer] += 1
        if chat.metadata is not None:
            _metadata(facts, chat.metadata, number)
        if self._encode is None or not self._counts(len(line), number):
            return
        self._count_plain(messages, number, len(line), facts, ids, ends)

    def _count_plain(
        self,
        messages: Sequence[WireMessage],
        number: int,
        size: int,
        facts: ChunkFacts,
        ids: array[int],
        ends: array[int],
    ) -> None:
        """Tokens of a plain chat, each text encoded once for counting and for comparing alike."""
        encode, near = self._encode, self.settings.near
        assert encode is not None
        turns = messages[1:] if messages[0].role == "system" else messages
        masked = FRAME * len(messages) + OPENING
        if turns is not messages:
            masked += self._count_known(messages[0].content)
        for turn in turns[:-1]:
            tokens = encode(turn.content)
            masked += len(tokens)
            if near:
                ids.fromlist(tokens)
        tokens = encode(turns[-1].content)
        learnt = len(tokens)
        if near:
            ids.fromlist(tokens)
            ends.append(len(ids))
        self._count(facts, number, size, masked, learnt)

    def _count(self, facts: ChunkFacts, number: int, size: int, masked: int, learnt: int) -> None:
        """Book a plain chat, of which the answer stands last before the opening."""
        total, limit = masked + learnt, self.settings.limit
        if limit is not None and total > limit:
            beyond = total - limit
            lost = min(learnt, max(0, beyond - OPENING))
            if self.settings.cut:
                tokens = RowTokens(total, learnt - lost, limit - learnt + lost, beyond, 0, lost, total)
            else:
                tokens = RowTokens(total, 0, 0, 0, total, lost, total)
            self._book(facts, number, size, tokens)
            return
        if not self._sampled(number):
            return
        facts.counted += 1
        facts.counted_bytes += size
        sums = facts.tokens
        sums[0] += total
        sums[1] += learnt
        sums[2] += masked
        facts.lengths.append(total)
        facts.length_lines.append(number)

    def _judged_row(
        self, line: bytes, number: int, offset: int, facts: ChunkFacts, ids: array[int], ends: array[int], last: bool
    ) -> None:
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
        self.take(make_row(decoded.value, number, self.settings.method), len(line), offset, facts, ids, ends)

    def take(self, row: AnyRow, size: int, offset: int, facts: ChunkFacts, ids: array[int], ends: array[int]) -> None:
        """Book a row that holds, of any method, of ``size`` bytes at ``offset``."""
        number = row.line
        key, answer = keys_of(row)
        self._row(facts, number, offset, key, answer)
        if not isinstance(row, (PreferenceRow, GradedRow)):
            text = row.answer
            if text and (text[0].isspace() or text[-1].isspace()):
                facts.spaced.append(number)
            if text and len(text) <= LABEL_LENGTH:
                facts.labels[text] += 1
        if row.messages[0].role == "system":
            facts.systems[xxh3_64_intdigest(row.messages[0].content.encode("utf-8", "surrogatepass"))] += 1
        _metadata(facts, row.metadata, number)
        if self.settings.counter is None or self._encode is None or not self._counts(size, number):
            return
        if self.settings.near:
            ids.fromlist(near_ids(row, self.settings.counter))
            ends.append(len(ids))
        tokens = row_tokens(row, self.settings.counter, self.settings.limit, cut=self.settings.cut)
        self._book(facts, number, size, tokens)

    def _row(self, facts: ChunkFacts, number: int, offset: int, prompt: int, answer: int) -> None:
        facts.lines.append(number)
        facts.offsets.append(offset)
        facts.prompts.append(prompt)
        facts.answers.append(answer)

    def _counts(self, size: int, number: int) -> bool:
        """Whether this row's tokens are counted: those of the sample, and of any row that may be too long.

        A token is at least one byte, so only a line with more bytes than the limit can have more tokens.
        """
        limit = self.settings.limit
        return self._sampled(number) or (limit is not None and size > limit)

    def _sampled(self, number: int) -> bool:
        share = self.settings.share
        return share >= 1 or (number * 2_654_435_761 & 0xFFFFFFFF) < share * 2**32

    def _count_known(self, text: str) -> int:
        known = self._known.get(text)
        if known is None:
            assert self._encode is not None
            if len(self._known) >= KEPT_COUNTS:
                self._known.clear()
            known = self._known[text] = len(self._encode(text))
        return known

    def _book(self, facts: ChunkFacts, number: int, size: int, tokens: RowTokens) -> None:
        if self._sampled(number):
            facts.counted += 1
            facts.counted_bytes += size
            facts.tokens = [total + part for total, part in zip(facts.tokens, tokens, strict=False)]
            facts.lengths.append(tokens.longest)
            facts.length_lines.append(number)
        limit = self.settings.limit
        if limit is None or tokens.longest <= limit:
            return
        if self.settings.cut and tokens.answer_cut:
            message = (
                f"{tokens.longest:,} tokens where {limit:,} are taken: {tokens.answer_cut:,} of the answer are cut off"
            )
            help = "shorten the prompt or the answer, or remove the row: a cut answer teaches to stop early"
            facts.findings.append(Finding("data/answer-cut", number, message, help))
        else:
            message = f"line {number} has {tokens.longest:,} tokens; the model takes {limit:,}"
            facts.findings.append(Finding("data/too-long", number, message, "shorten or remove the row"))


def near_ids(row: AnyRow, counter: TokenCounter) -> list[int]:
    """The tokens by which rows are compared: every word but the system message's, which many rows share."""
    turns = [turn for turn in row.messages if turn.role != "system"]
    if isinstance(row, PreferenceRow):
        turns += [*row.preferred, *row.rejected]
    ids: list[int] = []
    for turn in turns:
        for text in (turn.content, *(f"{call.name}\n{call.arguments}" for call in turn.tool_calls)):
            ids += counter.encode(text) if text else ()
    return ids


def keys_of(row: AnyRow) -> tuple[int, int]:
    """Hashes of what is asked and of what is answered; tools and calls count as part of either."""
    turns = [turn for turn in row.prompt if turn.role != "system"]
    prompt = b"\n".join(squeezed(turn.content) + _calls(turn.tool_calls) for turn in turns)
    if isinstance(row, GradedRow):
        answer = json.dumps(row.reference, sort_keys=True)
    elif isinstance(row, PreferenceRow):
        answer = json.dumps([[turn.model_dump() for turn in part] for part in (row.preferred, row.rejected)])
    else:
        last = row.messages[-1]
        answer = last.content + _calls(last.tool_calls).decode()
    return xxh3_64_intdigest(prompt), xxh3_64_intdigest(answer.encode("utf-8", "surrogatepass"))


def _calls(calls: Sequence[Any]) -> bytes:
    return "".join(f"\n{call.name} {call.arguments}" for call in calls).encode("utf-8", "surrogatepass")


def _metadata(facts: ChunkFacts, metadata: dict[str, Any], number: int) -> None:
    for name, keys in (("id", facts.ids), ("group", facts.groups)):
        if (value := metadata.get(name)) is not None:
            keys.append(xxh3_64_intdigest((value if isinstance(value, str) else json.dumps(value)).encode()))
            if name == "id":
                facts.id_lines.append(number)


def private_findings(value: Any, number: int, kinds: Sequence[Kind] = KINDS) -> list[Finding]:
    """One finding for each kind of private data in a decoded row; the data itself is not repeated."""
    told = Counter(item.kind for text in texts_of(value) for item in find(text, kinds))
    findings = []
    for name, count in told.items():
        kind = BY_NAME[name]
        times = f", {count} times" if count > 1 else ""
        help = f"`ft data fix` writes [{name}] in its place; or remove the row"
        findings.append(Finding(f"data/{kind.sort}", number, f"the row holds {kind.title} [{name}]{times}", help))
    return findings
