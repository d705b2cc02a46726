"""Everything that is wrong or doubtful in rows, in one pass: a file of any size, a dataset, or rows in memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from ftsdk.catalogue import RowLimits, row_limits
from ftsdk.data.decode import decode
from ftsdk.data.facts import Settings
from ftsdk.data.forms import method_of_row
from ftsdk.data.found import Finding, Findings
from ftsdk.data.lines import BOM, open_data
from ftsdk.data.memory import check_in_memory
from ftsdk.data.stream import PARALLEL_FROM, reading, size_of
from ftsdk.data.tally import Tally
from ftsdk.data.tokens import CallableCounter, CountTokens, OpenAICounter, TokenCounter
from ftsdk.data.value import AnyRow, DataReport, Dataset, Method
from ftsdk.spec.files import Unfit

if TYPE_CHECKING:
    from ftsdk.spec.training_data import Checks

Progress = Callable[[int, int], None]  # bytes done, bytes in all
SAMPLE_ROWS = 5_000  # their tokens tell the mean length to about 1 %
TYPICAL_LINE = 600  # bytes; how many rows a file has is guessed from its first lines

# Models whose tokenizer is not at hand are counted as o200k_base. Over whole files that was at most 11 % off for
# English, code and JSON and at most 22 % for mixed scripts, by three other tokenizers (benchmarks/token_estimates.py).
ESTIMATE_ERROR = 0.25


def check(
    rows: Path | str | Dataset | Iterable[AnyRow | Mapping[str, Any]],
    *,
    model: str | None = None,
    method: Method | None = None,
    count_tokens: TokenCounter | CountTokens | None = None,
    max_tokens: int | None = None,
    name: str | None = None,
    checks: Checks | None = None,
    tokens: Literal["all", "sample"] = "all",
    processes: int | None = None,
    names: str | None = None,
    progress: Progress | None = None,
) -> DataReport:
    """Everything that is wrong or doubtful in ``rows``: a path, a dataset, rows, or mappings as in chat JSONL.

    ``model`` chooses the encoding and the provider's limits; ``count_tokens`` (a chat as the model sees it) and
    ``max_tokens`` override both. ``method`` is told by the first row when absent. ``checks`` are a spec's severities.
    With ``tokens="sample"`` about 5,000 rows are counted and near-duplicates are not looked for. ``processes`` is 2
    for large files on Linux. ``names`` is a spaCy model by which names of persons are told too (extra `names`).
    Memory does not grow with the file, but for near-duplicates by 52 bytes a row.
    Raises nothing for bad content.
    """
    limits = row_limits(model) if model else None
    settings = Settings(
        method=method or "sft",
        counter=_counter(count_tokens, model, limits),
        limit=max_tokens
        or (checks.max_tokens_per_example if checks else None)
        or (limits.max_tokens if limits else None),
        cut=limits is not None and limits.over_long == "cut",
        near=tokens == "all" and (checks is None or checks.near_duplicates != "off"),
        private=checks is None or checks.pii != "off" or checks.secrets != "off",
        names=names if checks is None or checks.pii != "off" else None,
    )
    if not isinstance(rows, (str, Path)):
        found = check_in_memory(rows, settings, name, checks, told=method is not None)
    else:
        found = _check_file(Path(rows), settings, name, checks, tokens, processes, progress, told=method is not None)
    with closing(found):
        found.findings.add(_numbers(found, limits))
        return DataReport(
            findings=found.findings.diagnostics(),
            ledger=found.ledger(),
            totals=found.totals(),
            profile=found.profile(),
        )


def _counter(given: TokenCounter | CountTokens | None, model: str | None, limits: RowLimits | None) -> TokenCounter:
    if given is not None:
        return CallableCounter(given) if callable(given) else given
    if limits is not None and limits.encoding is not None:
        return OpenAICounter(limits.encoding)
    return OpenAICounter("o200k_base", error=ESTIMATE_ERROR if model else 0.0)


def _check_file(
    path: Path,
    settings: Settings,
    name: str | None,
    checks: Checks | None,
    tokens: str,
    processes: int | None,
    progress: Progress | None,
    *,
    told: bool,
) -> Tally:
    findings = Findings(name or str(path), checks)
    try:
        with open_data(path, findings.name) as file:
            start = _start(file)
            settings = settings if told else settings._replace(method=method_of(start))
            size = size_of(file)
            if tokens == "sample":
                settings = settings._replace(share=_share(start, size))
            tally = Tally(findings, settings)
            if start.startswith(BOM):
                findings.add(
                    [Finding("data/byte-order-mark", 1, "the file begins with a byte order mark", "save it without")]
                )
            with reading(file, settings, _processes(processes, size, settings)) as rows:
                for facts in rows.facts():
                    tally.add(facts)
                    if progress is not None:
                        progress(min(size, tally.bytes), size)
                tally.finish(rows.alike)
    except Unfit as reason:
        tally = Tally(findings, settings)
        code = reason.code.replace("spec/", "data/")
        findings.add([Finding(code, None, reason.message, reason.help)])
    except OSError as reason:
        tally = Tally(findings, settings)
        message = f"{findings.name} cannot be read: {(reason.strerror or str(reason)).lower()}"
        findings.add([Finding("data/unreadable", None, message, "check the disk")])
    else:
        if not tally.rows and not tally.refused:
            findings.add(
                [Finding("data/empty-file", None, f"{findings.name} has no rows", "write one JSON object a line")]
            )
    return tally


def method_of(start: bytes) -> Method:
    """The method whose rows the first decodable line of a file looks like."""
    for line in start.removeprefix(BOM).split(b"\n")[:100]:
        value = decode(line).value if line.strip() else None
        if (method := method_of_row(value)) is not None:
            return method
    return "sft"


def _start(file: BinaryIO) -> bytes:
    start = file.read(1 << 17)
    file.seek(0)
    return start


def _share(start: bytes, size: int) -> float:
    lines = start.count(b"\n")
    rows = size / (len(start) / lines if lines else TYPICAL_LINE)
    return min(1.0, SAMPLE_ROWS / max(rows, 1.0))


def _processes(asked: int | None, size: int, settings: Settings) -> int:
    """Two where it pays: a large file, a second core, and a counter that a process can be given."""
    if not isinstance(settings.counter, OpenAICounter) or settings.names or sys.platform != "linux":
        return 1
    if "rensa" in sys.modules:  # its threads do not survive a fork, and a child would wait for them for ever
        return 1
    if asked is not None:
        return max(1, asked)
    return 2 if size > PARALLEL_FROM and (os.cpu_count() or 1) > 1 else 1


def _numbers(tally: Tally, limits: RowLimits | None) -> Sequence[Finding]:
    """Whether there are as many rows as the provider takes."""
    if limits is None or not tally.rows:
        return ()
    if limits.min_rows and tally.rows < limits.min_rows:
        message = f"{tally.rows} rows; {limits.provider} takes at least {limits.min_rows}"
        return (Finding("data/too-few", None, message, "gather more rows"),)
    if limits.max_rows and tally.rows > limits.max_rows:
        message = f"{tally.rows:,} rows; {limits.provider} takes at most {limits.max_rows:,}"
        return (Finding("data/too-many", None, message, "leave some out, the near-duplicates first"),)
    if limits.max_bytes and tally.bytes > limits.max_bytes:
        message = f"{tally.bytes:,} bytes; {limits.provider} takes at most {limits.max_bytes:,}"
        return (Finding("data/too-many", None, message, "leave some rows out, the near-duplicates first"),)
    return ()
