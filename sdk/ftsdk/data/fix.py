"""A corrected copy of a file of rows: what can be put right safely is, all else stays; the input is not touched."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from ftsdk.data.checks import check, method_of
from ftsdk.data.codes import CODES
from ftsdk.data.decode import decode
from ftsdk.data.mends import MENDS, Gone, masking
from ftsdk.data.people import people
from ftsdk.data.source import open_source
from ftsdk.data.value import Method
from ftsdk.data.written import written_whole
from ftsdk.errors import SpecError, UsageError
from ftsdk.spec.files import Unfit
from ftsdk.spec.suggest import did_you_mean
from ftsdk.values import Value

Progress = Callable[[int, int], None]
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_LINE = 16_000_000
TICK = 256
FIXABLE = tuple(code for code, known in CODES.items() if known.fixable)


class FixReport(Value):
    """What was put right: lines changed and left out by code, and what is still wrong with the copy, by code.

    ``rows`` = ``same`` + ``changed`` + ``removed``; ``diff`` is a file with every change, line by line.
    """

    source: str
    path: str
    diff: str
    sha256: str
    rows: int
    same: int
    changed: int
    removed: int
    fixed: dict[str, int]
    remaining: dict[str, int]


def fix_file(
    path: Path | str,
    out: Path | str,
    *,
    method: Method | None = None,
    leave: Sequence[str] = (),
    names: str | None = None,
    name: str | None = None,
    progress: Progress | None = None,
) -> FixReport:
    """Write a corrected copy of ``path`` to ``out`` and every change to ``out`` + ``.diff``.

    Mended are the codes that ``ftsdk.data.codes.CODES`` calls fixable, but for those in ``leave``. Repeated rows are
    left out but for the first; private data is masked by its kind, names of persons too where ``names`` is a spaCy
    model. Lines without a change are copied byte by byte. Raises UsageError when a file would be overwritten that is
    read, SpecError when ``path`` cannot be read.
    """
    target, diff, shown = Path(out), Path(f"{out}.diff"), name or str(path)
    _require_codes(leave)
    if Path(path).resolve() in (target.resolve(), diff.resolve()):
        raise UsageError(f"{target} is the file that is read", help="write to another one: the input is never touched")
    copy = _Copy(leave, _repeats(path, method, shown, leave), names)
    try:
        with written_whole(target) as file, written_whole(diff) as changes, open_source(Path(path), shown) as source:
            kind = method or method_of(source.start())
            changes.write(f"--- {shown}\n+++ {target}\n".encode())
            for number, data in enumerate(_lines(source.content), 1):
                copy.take(number, data, kind, file, changes)
                if progress and number % TICK == 0:
                    progress(source.position(), source.size)
            if not copy.counts:
                raise Unfit("data/empty-file", f"{shown} has no rows", "write one JSON object a line")
    except Unfit as reason:
        raise SpecError(f"{reason.message}; nothing was written", owner="data", help=reason.help) from None
    remaining = check(target, method=kind, names=names, name=str(target)).profile.found
    return FixReport(
        source=shown,
        path=str(target),
        diff=str(diff),
        sha256=copy.hash.hexdigest(),
        rows=copy.counts.total(),
        same=copy.counts["same"],
        changed=copy.counts["changed"],
        removed=copy.counts["removed"],
        fixed=dict(copy.fixed.most_common()),
        remaining=remaining,
    )


class _Copy:
    """Takes lines one by one; writes the corrected ones and what became of them."""

    def __init__(self, leave: Sequence[str], repeats: set[int], names: str | None) -> None:
        mends = (*MENDS, *((("data/personal", masking(people(names).masked)),) if names else ()))
        self.mends = [(code, mend) for code, mend in mends if code not in leave]
        self.leave = frozenset(leave)
        self.repeats = repeats
        self.hash = hashlib.sha256()
        self.counts: Counter[str] = Counter()
        self.fixed: Counter[str] = Counter()

    def take(self, number: int, data: bytes, method: Method, out: IO[bytes], changes: IO[bytes]) -> None:
        """One line with its line feed."""
        if number == 1 and data.startswith(BYTE_ORDER_MARK) and "data/byte-order-mark" not in self.leave:
            data = data.removeprefix(BYTE_ORDER_MARK)
            self.fixed["data/byte-order-mark"] += 1
        line = data.rstrip(b"\r\n")
        if not line.strip():
            kept = "data/blank-line" in self.leave
            self.fixed.update([] if kept else ["data/blank-line"])
            self._write(data if kept else b"", out)
            return
        codes, after = self._mended(number, line, method)
        self.counts["same" if after == line else "changed" if after is not None else "removed"] += 1
        self.fixed.update(codes)
        if after != line:
            _tell(changes, number, codes, line, after)
        self._write(after + b"\n" if after is not None else b"", out)

    def _mended(self, number: int, line: bytes, method: Method) -> tuple[list[str], bytes | None]:
        """The codes that were mended and the line as it should be; None when the row is to go."""
        if number in self.repeats:
            return ["data/duplicate"], None
        decoded = decode(line)
        if decoded.fault or decoded.repeated or not isinstance(decoded.value, dict):
            return [], line
        codes = []
        for code, mend in self.mends:
            try:
                if mend(decoded.value, method):
                    codes.append(code)
            except Gone:
                return [*codes, code], None
        if not codes:
            return [], line
        text = json.dumps(decoded.value, ensure_ascii=False, separators=(",", ":"))
        return codes, text.encode("utf-8", "replace")

    def _write(self, data: bytes, out: IO[bytes]) -> None:
        self.hash.update(data)
        out.write(data)


def _repeats(path: Path | str, method: Method | None, shown: str, leave: Sequence[str]) -> set[int]:
    """Lines that repeat an earlier one."""
    if "data/duplicate" in leave:
        return set()
    found = check(path, method=method, name=shown).findings
    return {item.place.line for item in found if item.code == "data/duplicate" and item.place and item.place.line}


def _lines(content: IO[bytes]) -> Iterator[bytes]:
    while data := content.readline(MAX_LINE + 1):
        if len(data) > MAX_LINE:
            raise Unfit("data/long-line", f"a line is longer than {MAX_LINE:,} bytes", "write one row a line")
        yield data


def _tell(changes: IO[bytes], number: int, codes: Sequence[str], before: bytes, after: bytes | None) -> None:
    changes.write(f"@@ line {number}: {', '.join(codes)} @@\n".encode() + b"-" + before + b"\n")
    if after is not None:
        changes.write(b"+" + after + b"\n")


def _require_codes(leave: Sequence[str]) -> None:
    for code in leave:
        if code not in FIXABLE:
            raise UsageError(f"{code!r} is nothing that would be mended", help=did_you_mean(code, FIXABLE, "codes"))
