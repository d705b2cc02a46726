"""Findings for a terminal: each with its place, the line it is about, a caret below, and the next step."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence

from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.report.untrusted import line, shown

# What a file says, line by line; nothing when it cannot be read (any more).
Lines = Callable[[str], Sequence[str]]
Paint = Callable[[str, str], str]

WIDTH = 100  # columns of source that are shown; longer lines are cut around the place
BEFORE = 40
TAB = "    "
_ANSI = {"error": "1;31", "warning": "1;33", "note": "36", "bold": "1", "quiet": "2"}


def human(finding: Diagnostic, lines: Lines, paint: Paint) -> str:
    """One finding over several lines; ``paint(text, style)`` colours a part of it, or does not."""
    where = f"{line(str(finding.place))}: " if finding.place else ""
    head = f"{paint(where, 'bold')}{paint(f'{finding.severity}:', finding.severity.value)} {shown(finding.message)} "
    gutter = " " * 7
    below = [] if finding.help is None else [f"{gutter}= help: {shown(finding.help)}"]
    below += [f"{gutter}= see {line(str(place))}" for place in finding.related]
    excerpted = excerpt(finding.place, lines, lambda text: paint(text, finding.severity.value))
    return "\n".join([head + paint(f"[{line(finding.code)}]", "quiet"), *excerpted, *below])


def excerpt(place: Place | None, lines: Lines, paint: Callable[[str], str] = str) -> list[str]:
    """The line at ``place`` and the caret below it; empty when there is nothing to show."""
    if place is None or place.line is None:
        return []
    written = lines(place.file)
    if not 0 < place.line <= len(written):
        return []
    text = written[place.line - 1].rstrip("\r")
    start = max((place.column or 1) - 1, 0)
    several = place.end_line is not None and place.end_line > place.line
    end = len(text.rstrip()) if several or place.end_column is None else place.end_column - 1
    drawn, offset, length = _cut(text, start, max(end, start + 1))
    return [f"{place.line:>6} | {drawn}", f"{'':>6} | {' ' * offset}{paint('^' * length)}"]


def _cut(text: str, start: int, end: int) -> tuple[str, int, int]:
    """``text`` as it is drawn, cut around ``start``, with the columns before the caret and those of the caret."""
    first = 0 if _width(text[:WIDTH]) < WIDTH and len(text) <= WIDTH else max(0, start - BEFORE)
    cells = [_cell(character) for character in text[first : first + WIDTH]]
    mark = "…" if first else ""
    more = "…" if first + WIDTH < len(text) else ""
    before = cells[: start - first]
    marked = cells[start - first : end - first]
    offset = len(mark) + sum(map(_width, before))
    return f"{mark}{''.join(cells)}{more}", offset, max(1, sum(map(_width, marked)))


def _cell(character: str) -> str:
    return TAB if character == "\t" else shown(character)


def _width(text: str) -> int:
    """Columns that a terminal gives ``text``."""
    return sum(
        0 if unicodedata.category(character) in ("Mn", "Me", "Cf")
        else 2 if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )  # fmt: skip


def plain(text: str, style: str) -> str:
    """No colour."""
    return text


def ansi(text: str, style: str) -> str:
    """Colour for a terminal."""
    return f"\033[{_ANSI[style]}m{text}\033[0m" if text else text


def tally(numbers: Mapping[Severity, int]) -> str:
    """How many findings of each severity: ``1 error, 2 warnings``."""
    return ", ".join(f"{number:,} {level}{'' if number == 1 else 's'}" for level, number in numbers.items() if number)
