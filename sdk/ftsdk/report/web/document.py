"""The page: verdict on top, then measurements, then rows, then how it was made and how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan
from ftsdk.report.curve import loss_curve
from ftsdk.report.rows import pair
from ftsdk.report.web.frame import frame
from ftsdk.report.web.markup import figure, name, text, verdict
from ftsdk.report.web.samples import samples
from ftsdk.report.web.svg import loss_chart
from ftsdk.report.web.tables import (
    confusion_tables,
    contrasts_table,
    costs_table,
    gates_table,
    judges_table,
    losses_line,
    measured,
    segments_table,
    suites,
)
from ftsdk.report.web.trade import trade_chart
from ftsdk.report.wording import evaluated, method_words, moment, money_range, notes, seconds_range
from ftsdk.runs.value import RunRow
from ftsdk.trainers.contract import StepMetric


def page(
    comparison: Comparison,
    *,
    run: RunRow | None = None,
    metrics: Sequence[StepMetric] = (),
    plan: Plan | None = None,
) -> str:
    """A whole HTML document that loads nothing: its style and script are inside and named by hash in its policy."""
    sections = (
        ("outcomes", "Worse and better, row by row", losses_line(comparison)),
        ("arms", "Arms", measured(comparison)),
        ("differences", "Differences", contrasts_table(comparison.contrasts)),
        ("gates", "Gates", gates_table(comparison)),
        ("trade", "Quality against cost and time", trade_chart(comparison)),
        ("segments", "Parts of the rows", segments_table(comparison)),
        ("labels", "Labels", confusion_tables(comparison)),
        ("judges", "Judges", judges_table(comparison)),
        ("training", "Training", training(metrics, run, plan)),
        ("suites", "Reported apart", suites(comparison)),
        ("costs", "What the answers took", costs_table(comparison.arms)),
        ("method", "How to read this", method(comparison)),
        ("rows", "Rows", samples(comparison)),
    )
    title = name(comparison.name)
    return frame(
        title=f"{title}: comparison",
        kicker=f"{title} {verdict(comparison.verdict)}",
        headline=text(comparison.headline),
        lead=escape(evaluated(comparison)),
        notes=_notes(comparison),
        sections=sections,
        skip="rows",
    )


def training(metrics: Sequence[StepMetric], run: RunRow | None, plan: Plan | None) -> str:
    """The loss curve and how the model was made, as far as it is known."""
    curve = loss_curve(metrics)
    drawn = ""
    if curve:
        caption = f"{curve.sentence}. The thin line is each step, the thick one a moving average."
        drawn = figure(loss_chart(curve), caption)
    facts = "".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in (*_run_facts(run), *_plan_facts(plan)))
    return drawn + (f'<dl class="facts">{facts}</dl>' if facts else "")


def method(comparison: Comparison) -> str:
    """What the numbers mean, what was sampled, and what the marks stand for."""
    first, second = pair(comparison)
    estimates = [item for summary in comparison.arms for item in summary.metrics.values()]
    level = f"{estimates[0].confidence:.0%}" if estimates else "95%"
    ways = "; ".join(dict.fromkeys(name(item.method) for item in estimates)) or "none"
    lines = [
        f"Rows: {escape(evaluated(comparison))}. Every arm answered the same rows: differences are taken row by row.",
        f"An interval ({level}: {ways}) holds the values that fit with these rows; other rows would give another "
        "number, and usually one inside it.",
        "A difference whose interval holds 0 may be nothing. Two intervals of arms may overlap although the difference "
        "on the same rows is clear: judge by the differences.",
        "p is how often a difference at least this large would come up if the two arms were equally good. "
        "Only the primary difference was chosen beforehand; read the others as hints.",
        "Calls that brought no answer count as wrong; none are left out.",
        f"A row is a loss when {name(first)} scored lower than {name(second or 'another arm')} on "
        f"{name(comparison.primary_metric)}, and a win when it scored higher.",
        "✓ and ✗ mark the fields of a JSON answer as the grader saw them.",
    ]
    return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"


def _notes(comparison: Comparison) -> str:
    found = notes(comparison)
    return '<ul class="notes">' + "".join(f"<li>{text(note)}</li>" for note in found) + "</ul>" if found else ""


def _run_facts(run: RunRow | None) -> list[tuple[str, str]]:
    if run is None:
        return []
    return [
        ("run", name(run.id)),
        ("started", moment(run.created_at)),
        ("last change", moment(run.updated_at)),
        ("fingerprint", f"<code>{name(run.fingerprint[:16])}</code>"),
    ]


def _plan_facts(plan: Plan | None) -> list[tuple[str, str]]:
    if plan is None:
        return []
    return [
        ("model", name(plan.order.model)),
        ("method", escape(method_words(plan.order))),
        ("training rows", f"{plan.train_rows:,} (sha256 <code>{name(plan.order.train.sha256[:12])}</code>)"),
        ("time as planned", escape(seconds_range(plan.seconds))),
        ("cost as planned", escape(money_range(plan.usd, plan.max_usd))),
    ]
