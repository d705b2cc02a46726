"""What the chunks of a file come to together: repeats, near-duplicates, the ledger, distributions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ftsdk.data.facts import ChunkFacts, Settings
from ftsdk.data.found import Finding, Findings, give_back
from ftsdk.data.near import NearIndex, Pair
from ftsdk.data.repeats import KeyIndex
from ftsdk.data.value import Ledger, Profile
from ftsdk.diagnostics import Severity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW_ROWS = 50
FEW_ROWS_SOURCE = "OpenAI's fine-tuning guide sees clear improvements from 50 to 100 examples"
MAX_LABELS = 50  # more different short answers than this are no labels
LABELS_COVER = 0.95
ONE_LABEL = 0.9
KEPT_LABELS = 2_000
LONGEST_KEPT = 20
OUTLIER_TIMES, OUTLIER_LEAST = 10, 1_000
LENGTH_BINS = 1 << 17
SHOWN_BINS = 24


class Tally:
    """Adds up chunks in the order of the file; memory grows by 52 bytes a row with near-duplicates, else not at all."""

    def __init__(self, findings: Findings, settings: Settings) -> None:
        self.findings = findings
        self.settings = settings
        self.rows = self.refused = self.blank = self.bytes = self.counted = self.counted_bytes = 0
        self._tokens = [0] * 6
        self._prompts, self._ids, self._groups = KeyIndex(), KeyIndex(), KeyIndex()
        self._near = NearIndex()
        self._lines: list[Sequence[int]] = []
        self._offsets: list[Sequence[int]] = []
        self._labels: Counter[str] | None = Counter()
        self._systems: Counter[int] = Counter()
        self._histogram: NDArray[np.int64] | None = None
        self._longest: list[tuple[int, int]] = []
        self._spaced = 0
        self._spaced_lines: list[int] = []

    def add(self, facts: ChunkFacts) -> None:
        """The next chunk."""
        self.findings.add(facts.findings)
        self.rows += len(facts.lines)
        for name in ("refused", "blank", "bytes", "counted", "counted_bytes"):
            setattr(self, name, getattr(self, name) + getattr(facts, name))
        self._tokens = [total + part for total, part in zip(self._tokens, facts.tokens, strict=True)]
        self._prompts.add(facts.prompts, facts.answers, facts.lines)
        self._ids.add(facts.ids, None, facts.id_lines)
        self._groups.add(facts.groups, None, [0] * len(facts.groups))
        if facts.bands is not None:
            self._near.add(facts.bands)
            self._lines.append(facts.lines)
            self._offsets.append(facts.offsets)
        self._spaced += len(facts.spaced)
        self._spaced_lines += facts.spaced[: max(0, 5 - len(self._spaced_lines))]
        self._count_labels(facts)
        self._count_lengths(facts)

    def finish(self, alike: Callable[[Sequence[Pair]], Sequence[float]]) -> None:
        """What can be said once all rows are known; ``alike`` compares pairs of rows, given by their offsets."""
        give_back()
        repeated = self._repeats()
        self._near_duplicates(alike, repeated)
        self.findings.add(self._whole_file())

    def close(self) -> None:
        """Remove what was put on disk; nothing can be asked afterwards."""
        for index in (self._prompts, self._ids, self._groups):
            index.close()

    def totals(self) -> dict[str, int]:
        """Rows and findings by number."""
        severities = {f"{level.value}s": self.findings.of(level) for level in Severity}
        return {"rows": self.rows, "refused": self.refused, "groups": self._groups.distinct(), **severities}

    def ledger(self) -> Ledger | None:
        """Where every token goes; scaled up by bytes, with its error, when only a share was counted."""
        if self.settings.counter is None:
            return None
        names = ("input", "trained", "masked", "truncated", "dropped")
        tokens = dict(zip(names, self._tokens, strict=False))
        error = self.settings.counter.error
        if self.settings.share < 1 and self.counted:
            factor = self.rows / self.counted
            tokens = {name: round(count * factor) for name, count in tokens.items() if name != "input"}
            tokens["input"] = sum(tokens.values())
            error = math.hypot(error, self._sampling_error())
        longest = self._longest[0][0] if self._longest else 0
        return Ledger(
            rows=self.rows, padding=0, longest=longest, counter=self.settings.counter.name, error=error, **tokens
        )

    def profile(self) -> Profile:
        """How rows are distributed: lengths, short answers, system prompts."""
        labels = self._labels or Counter()
        covered = sum(labels.values()) >= LABELS_COVER * self.rows and len(labels) <= MAX_LABELS
        return Profile(
            lengths=self._quantiles(),
            length_bins=self._length_bins(),
            labels=dict(labels.most_common()) if covered and self.rows else {},
            system_prompts=len(self._systems),
            distinct_prompts=self._prompts.distinct(),
            found=dict(self.findings.counts.most_common()),
        )

    def _count_labels(self, facts: ChunkFacts) -> None:
        if self._labels is not None:
            self._labels.update(facts.labels)
            if len(self._labels) > KEPT_LABELS:
                self._labels = None
        if len(self._systems) < KEPT_LABELS:
            self._systems.update(facts.systems)

    def _count_lengths(self, facts: ChunkFacts) -> None:
        import numpy as np

        if not facts.lengths:
            return
        lengths = np.frombuffer(facts.lengths, np.uint32)
        if self._histogram is None:
            self._histogram = np.zeros(LENGTH_BINS, np.int64)
        counts = np.bincount(np.minimum(lengths, LENGTH_BINS - 1))
        self._histogram[: len(counts)] += counts
        top = np.argsort(lengths, kind="stable")[-LONGEST_KEPT:].tolist()
        pairs = [(int(lengths[place]), facts.length_lines[place]) for place in top]
        self._longest = sorted([*self._longest, *pairs], reverse=True)[:LONGEST_KEPT]

    def _quantiles(self) -> dict[str, int]:
        import numpy as np

        if self._histogram is None:
            return {}
        running = np.cumsum(self._histogram)
        places = np.searchsorted(running, [running[-1] * share for share in (0.5, 0.9, 0.99)])
        found = dict(zip(("p50", "p90", "p99"), map(int, places), strict=True))
        return {"shortest": int(np.flatnonzero(self._histogram)[0]), **found, "longest": self._longest[0][0]}

    def _length_bins(self) -> tuple[tuple[int, int], ...]:
        """Rows by length in bins of equal width that hold all but the longest hundredth, and one for those."""
        import numpy as np

        if self._histogram is None:
            return ()
        width = max(1, math.ceil((self._quantiles()["p99"] + 1) / SHOWN_BINS))
        edges = np.arange(width, width * SHOWN_BINS + 1, width)
        upto = np.cumsum(self._histogram)[np.minimum(edges, LENGTH_BINS) - 1]
        counts = np.diff(np.append(upto, self._histogram.sum()), prepend=0).tolist()
        longest = max(self._longest[0][0], int(edges[-1]))
        return tuple(zip((*(edges - 1).tolist(), longest), counts, strict=True))

    def _sampling_error(self) -> float:
        """Half of the 95 % interval of the mean length, relative to it."""
        import numpy as np

        assert self._histogram is not None
        sizes = np.arange(LENGTH_BINS)
        mean = float((self._histogram * sizes).sum()) / self.counted
        variance = float((self._histogram * (sizes - mean) ** 2).sum()) / max(1, self.counted - 1)
        return 1.96 * math.sqrt(variance / self.counted) / mean if mean else 0.0

    def _repeats(self) -> set[int]:
        """Findings of equal prompts and ids; returns the lines of exact duplicates."""
        duplicates: set[int] = set()
        found = []
        for line, first, same in self._prompts.repeats():
            found.append(_duplicate(line, first) if same else _conflict(line, first))
            if same:
                duplicates.add(line)
        self.findings.add(sorted(found, key=lambda finding: finding.line or 0))
        repeated = [_repeated_id(line, first) for line, first, _ in self._ids.repeats()]
        self.findings.add(sorted(repeated, key=lambda finding: finding.line or 0))
        return duplicates

    def _near_duplicates(self, alike: Callable[[Sequence[Pair]], Sequence[float]], repeated: set[int]) -> None:
        import numpy as np

        if not self._lines:
            return
        lines = np.concatenate([np.asarray(part, np.uint32) for part in self._lines])
        offsets = np.concatenate([np.asarray(part, np.uint64) for part in self._offsets])
        self._lines, self._offsets = [], []
        skip = np.isin(lines, np.fromiter(repeated, np.uint32, len(repeated)))
        at = offsets.__getitem__
        pairs = self._near.pairs(lambda asked: alike([(int(at(a)), int(at(b))) for a, b in asked]), skip=skip)
        found = [_near(int(lines[pair.second]), int(lines[pair.first]), pair.jaccard) for pair in pairs]
        self.findings.add(sorted(found, key=lambda finding: finding.line or 0))

    def _whole_file(self) -> Iterator[Finding]:
        if 0 < self.rows < FEW_ROWS:
            help = f"{FEW_ROWS_SOURCE}; gather more, or expect little"
            yield Finding("data/few-rows", None, f"only {self.rows} {'row' if self.rows == 1 else 'rows'}", help)
        if self._spaced:
            shown = ", ".join(map(str, self._spaced_lines)) + (", ..." if self._spaced > 5 else "")
            message = f"{self._spaced} answers begin or end with whitespace (lines {shown})"
            yield Finding("data/outer-whitespace", self._spaced_lines[0], message, "the model will learn it")
        if self.blank:
            message = f"blank lines: {self.blank:,}"
            yield Finding("data/blank-line", None, message, "`ft data fix` leaves them out")
        yield from self._outliers()
        yield from self._imbalance()
        if len(self._systems) > 1:
            count, common = len(self._systems), max(self._systems.values())
            message = f"{count:,} different system prompts; the commonest stands in {common:,} of {self.rows:,} rows"
            yield Finding("data/system-prompts", None, message, "serve the model with the one that it was trained with")

    def _outliers(self) -> Iterator[Finding]:
        median = self._quantiles().get("p50", 0)
        for length, line in self._longest:
            if length > max(OUTLIER_LEAST, OUTLIER_TIMES * median):
                message = f"{length:,} tokens, where half of the rows have at most {median:,}"
                yield Finding("data/outlier", line, message, "look at it: often a broken import")

    def _imbalance(self) -> Iterator[Finding]:
        labels = self.profile().labels
        if self.rows < FEW_ROWS or not labels:
            return
        label, count = next(iter(labels.items()))
        if count > ONE_LABEL * self.rows and len(labels) > 1:
            message = f"the answer '{label}' makes up {count / self.rows:.0%} of the rows"
            yield Finding(
                "data/imbalance", None, message, "answering it always would seem right; add rows of the others"
            )


def _duplicate(line: int, first: int) -> Finding:
    return Finding(
        "data/duplicate",
        line,
        f"line {line} repeats line {first}",
        "remove one; a repeated row weighs twice",
        None,
        first,
    )


def _conflict(line: int, first: int) -> Finding:
    message = f"line {line} answers the prompt of line {first} differently"
    return Finding(
        "data/conflict", line, message, "decide which answer is right; the model learns a mixture", None, first
    )


def _repeated_id(line: int, first: int) -> Finding:
    return Finding(
        "data/repeated-id", line, f"the metadata.id of line {first} is given again", "give each row its own", 1, first
    )


def _near(line: int, first: int, alike: float) -> Finding:
    message = f"line {line} nearly repeats line {first} (Jaccard {alike:.2f})"
    return Finding("data/near-duplicate", line, message, "keep one, or keep both on one side of a split", None, first)
