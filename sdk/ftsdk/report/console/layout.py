"""The few shapes that every terminal drawing is made of: a heading, a line, a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ftsdk.report.untrusted import line

GOOD, BAD, UNSURE, QUIET = "green", "red", "yellow", "dim"
OUTCOMES = {"better": GOOD, "not worse": GOOD, "worse": BAD, "cannot tell": UNSURE, "passed": GOOD, "failed": BAD}


def heading(text: str) -> Text:
    """A section's title, after an empty line."""
    return Text(f"\n{text}", style="bold")


def said(text: str, style: str = "") -> Text:
    """Text as it is: no markup in it is obeyed."""
    return Text(text, style=style)


def indented(text: str | Text) -> Padding:
    """Text set in by two columns, also where it wraps."""
    return Padding(said(text) if isinstance(text, str) else text, (0, 0, 0, 2), expand=False)


def outcome(word: str) -> Text:
    """A verdict or an outcome in its colour; the word alone says it too."""
    return Text(word, style=OUTCOMES.get(word, ""))


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]], *, right_from: int = 1) -> Padding:
    """A table with its columns from ``right_from`` on set to the right."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        drawn.add_column(said(line(column)), justify="right" if index >= right_from else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(said(cell) if isinstance(cell, str) else cell for cell in row))
    return Padding(drawn, (0, 0, 0, 2), expand=False)


def pairs(rows: Iterable[tuple[str, str | Text]]) -> Padding:
    """Names and what they stand for, in two columns without a head."""
    return grid([said(line(name, 40), QUIET), value] for name, value in rows)


def grid(rows: Iterable[Sequence[str | Text]]) -> Padding:
    """Two columns without a head; the first never wraps."""
    drawn = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    for row in rows:
        drawn.add_row(*(said(cell) if isinstance(cell, str) else cell for cell in row))
    return Padding(drawn, (0, 0, 0, 2), expand=False)
