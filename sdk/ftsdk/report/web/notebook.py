"""Values as HTML fragments for notebooks: a comparison with its bars, anything else as the terminal draws it."""

from __future__ import annotations

from importlib.resources import files
from io import StringIO

from ftsdk.evals.value import Comparison
from ftsdk.report.web.markup import text, verdict
from ftsdk.report.web.tables import contrasts_table, losses_line, measured
from ftsdk.values import Value

WIDTH = 100


def fragment(value: Value) -> str:
    """One ``div`` for a notebook's output; it carries its own style and no script."""
    body = _comparison(value) if isinstance(value, Comparison) else _as_in_terminal(value)
    return f'<div class="ftsdk">{body}</div>'


def _comparison(comparison: Comparison) -> str:
    parts = (losses_line(comparison), measured(comparison), contrasts_table(comparison.contrasts))
    head = f"<p>{verdict(comparison.verdict)} <strong>{text(comparison.headline)}</strong></p>"
    style = files("ftsdk.report.web").joinpath("notebook.css").read_text("utf-8")
    return f"<style>{style}</style>{head}{''.join(parts)}"


def _as_in_terminal(value: Value) -> str:
    from rich.console import Console

    from ftsdk.report.console.draw import terminal

    console = Console(record=True, file=StringIO(), width=WIDTH)
    console.print(terminal(value))
    return console.export_html(inline_styles=True, code_format='<pre style="white-space: pre">{code}</pre>')
