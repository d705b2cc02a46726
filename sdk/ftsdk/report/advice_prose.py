"""Advice as Markdown: the first option with its reasons, the ranking, the doubt, the money and the next step."""

from __future__ import annotations

from collections.abc import Iterable

from ftsdk.advise.money import Cost
from ftsdk.advise.money.simulate import LABELS
from ftsdk.advise.value import Advice, RankedOption
from ftsdk.report.prose import inert

SHOWN = 3


def advice_markdown(advice: Advice) -> str:
    """The advice, short enough for a comment; what it quotes is inert."""
    first, step = advice.ranked[0], advice.experiment
    blocks = [
        f"**{inert(advice.title)}** ({advice.confidence}): {inert(advice.sentence)}",
        _bullets(f"{reason.points:+g} {inert(reason.text)}" for reason in (*first.reasons_for, *first.reasons_against)),
        f"{advice.margin:g} points ahead of {inert(advice.ranked[1].title)}; {inert(advice.record.text)}.",
        _table(advice.ranked[:SHOWN]),
        _titled("What would change this", (inert(flip.text) for flip in advice.flips)),
        _money(advice.cost),
        f"Next: {inert(step.text)} Takes {inert(step.takes)}; {inert(step.stop)}.",
        _titled("Risks", (inert(f"{risk.text} {risk.remedy}") for risk in advice.risks)),
        _titled("Where it can be trained", (inert(f"{note.provider}: {note.text}") for note in advice.providers)),
        _titled("Taken for granted", (inert(f"{item.text} ({item.as_of})") for item in advice.assumptions)),
        _titled("Not understood", (inert(finding.message) for finding in advice.findings)),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _table(options: Iterable[RankedOption]) -> str:
    rows = [
        f"| {inert(item.title)} | {item.points:g} | {_first(item.reasons_for)} | {_first(item.reasons_against)} |"
        for item in options
    ]
    return "\n".join(["| option | points | for | against |", "|---|---|---|---|", *rows])


def _first(reasons: tuple[object, ...]) -> str:
    return inert(str(getattr(reasons[0], "text", ""))) if reasons else ""


def _money(cost: Cost | None) -> str:
    if cost is None:
        return ""
    bars = (f"{LABELS[bar.name]}: {bar.at_low:,.0f} to {bar.at_high:,.0f} USD" for bar in cost.tornado[:3])
    return "\n\n".join((inert(cost.text), _titled("What moves the net saving most", map(inert, bars))))


def _titled(title: str, items: Iterable[str]) -> str:
    lines = _bullets(items)
    return f"{title}:\n\n{lines}" if lines else ""


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
