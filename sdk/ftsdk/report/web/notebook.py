"""Values as HTML fragments for notebooks: a comparison with its bars, anything else as the terminal draws it."""

from __future__ import annotations

from io import StringIO

from ftsdk.evals.value import Comparison
from ftsdk.report.web.markup import text, verdict
from ftsdk.report.web.tables import contrasts_table, losses_line, measured
from ftsdk.values import Value

WIDTH = 100
STYLE = """<style>
.ftsdk table { border-collapse: collapse; } .ftsdk caption { text-align: left; opacity: .75; }
.ftsdk th, .ftsdk td { text-align: left; vertical-align: top; padding: .15rem 1rem .15rem 0; } .ftsdk small { opacity: .75; }
.ftsdk tr.focus th { font-weight: 700; } .ftsdk .bar { display: block; }
.ftsdk .track, .ftsdk .zero { stroke: currentColor; opacity: .35; }
.ftsdk .whisker { stroke: #3b82f6; stroke-width: 3; opacity: .6; } .ftsdk .dot { fill: #3b82f6; }
</style>"""


def fragment(value: Value) -> str:
    """One ``div`` for a notebook's output; it carries its own style and no script."""
    body = _comparison(value) if isinstance(value, Comparison) else _as_in_terminal(value)
    return f'<div class="ftsdk">{body}</div>'


def _comparison(comparison: Comparison) -> str:
    parts = (losses_line(comparison), measured(comparison), contrasts_table(comparison.contrasts))
    head = f"<p>{verdict(comparison.verdict)} <strong>{text(comparison.headline)}</strong></p>"
    return f"{STYLE}{head}{''.join(parts)}"


def _as_in_terminal(value: Value) -> str:
    from rich.console import Console

    from ftsdk.report.console.draw import terminal

    console = Console(record=True, file=StringIO(), width=WIDTH)
    console.print(terminal(value))
    return console.export_html(inline_styles=True, code_format='<pre style="white-space: pre">{code}</pre>')
