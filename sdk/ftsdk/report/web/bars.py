"""Counts as inline SVG: columns over a number, and bars by name; colours come from the page's style sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ftsdk.report.curve import ticks
from ftsdk.report.web.markup import figure, name, table
from ftsdk.report.wording import count, percent

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 60, 14, 12, 44
BAR_WIDTH, BAR_HEIGHT = 220, 12


def columns(bins: Sequence[tuple[int, int]], *, across: str, caption: str) -> str:
    """Rows by a number: one column for each (upper end, rows); the last is what lies beyond, however far."""
    if not bins:
        return ""
    marks = ticks(0, max(rows for _upper, rows in bins))
    wide = (WIDTH - LEFT - RIGHT) / len(bins)
    drawn = [_grid(mark, marks[-1]) for mark in marks]
    for place, (upper, rows) in enumerate(bins):
        high = (HEIGHT - TOP - BOTTOM) * rows / (marks[-1] or 1)
        x, y = LEFT + place * wide, HEIGHT - BOTTOM - high
        last = place == len(bins) - 1
        label = f"more, up to {count(upper)}" if last else f"to {count(upper)}"
        drawn.append(
            f'<rect class="column" x="{x + 1:.1f}" y="{y:.1f}" width="{wide - 2:.1f}" height="{high:.1f}">'
            f"<title>{label}: {count(rows)}</title></rect>"
        )
        if last or (place % 4 == 3 and place < len(bins) - 2):
            shown = "more" if last else count(upper)
            drawn.append(_label(x + wide, HEIGHT - BOTTOM + 16, shown, "end"))
    drawn.append(_label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, escape(across), "middle"))
    return figure(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(caption)}">'
        f"{''.join(drawn)}</svg>",
        caption,
    )


def share_bars(caption: str, head: str, items: Iterable[tuple[str, int]], total: int) -> str:
    """Names with their counts, their part of ``total`` in words and as a bar."""
    rows = [
        (
            name(label),
            count(number),
            f'<span class="number">{percent(number / (total or 1))}</span>{_bar(number, total)}',
        )
        for label, number in items
    ]
    return table(escape(caption), (escape(head), "number", "part"), rows) if rows else ""


def _part(number: int, total: int) -> str:
    return f'<span class="number">{percent(number / (total or 1))}</span>{_bar(number, total)}'


def _bar(number: int, total: int) -> str:
    filled = BAR_WIDTH * min(1.0, number / (total or 1))
    return (
        f'<svg class="bar" viewBox="0 0 {BAR_WIDTH} {BAR_HEIGHT}" width="{BAR_WIDTH}" height="{BAR_HEIGHT}" '
        f'aria-hidden="true"><rect class="rail" width="{BAR_WIDTH}" height="{BAR_HEIGHT}"/>'
        f'<rect class="column" width="{filled:.1f}" height="{BAR_HEIGHT}"/></svg>'
    )


def _grid(mark: float, highest: float) -> str:
    y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * mark / (highest or 1)
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _label(LEFT - 8, y + 4, count(mark), "end")


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
