"""The small pieces of HTML that every section is made of; whatever comes from outside passes through `text`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ftsdk.report.untrusted import line, shown


def text(value: str, limit: int | None = None) -> str:
    """Text as HTML text: clipped, made visible, escaped; it can stand in an attribute too."""
    return escape(shown(value) if limit is None else shown(value, limit), quote=True)


def name(value: str) -> str:
    """A name on one line, as HTML text."""
    return escape(line(value, 80), quote=True)


def section(title: str, body: str, *, identity: str) -> str:
    """A titled section; ``title`` and ``body`` are HTML."""
    return f'<section aria-labelledby="{identity}"><h2 id="{identity}">{title}</h2>\n{body}\n</section>\n'


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, focus: str | None = None) -> str:
    """A table whose first column names its rows; cells are HTML, the row named ``focus`` stands out."""
    columns = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "\n".join(_row(cells, focus) for cells in rows)
    return (
        f'<div class="wide" role="region" aria-label="{caption}" tabindex="0"><table><caption>{caption}</caption>'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>{lines}</tbody></table></div>"
    )


def figure(drawn: str, caption: str) -> str:
    """A drawing with its caption, which is plain text; on a narrow window it scrolls by itself."""
    said = escape(caption)
    return (
        f'<figure><div class="wide" role="region" aria-label="{said}" tabindex="0">{drawn}</div>'
        f"<figcaption>{said}</figcaption></figure>"
    )


def verdict(word: str) -> str:
    """A verdict or an outcome as a badge; its word says what its colour says."""
    kind = {"better": "good", "not worse": "good", "passed": "good", "worse": "bad", "failed": "bad"}.get(
        word, "unsure"
    )
    return f'<span class="badge {kind}">{escape(word)}</span>'


def _row(cells: Sequence[str], focus: str | None) -> str:
    mark = ' class="focus"' if focus is not None and cells[0] == focus else ""
    return f'<tr{mark}><th scope="row">{cells[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in cells[1:]) + "</tr>"
