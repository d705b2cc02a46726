"""The page of an advice: what to do, the reasons, the ranking, the money with its doubt, and what would change it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from ftsdk.advise.engine import Reason
from ftsdk.advise.money import Cost
from ftsdk.advise.money.simulate import LABELS
from ftsdk.advise.quantity import plain
from ftsdk.advise.value import Advice, RankedOption
from ftsdk.advise.words import fact_name, value_words
from ftsdk.report.web.markup import figure, name, section, table, text
from ftsdk.report.web.money import spread, tornado

_BADGES = {"clear": "good", "leaning": "unsure", "toss-up": "bad"}
_CHART_STYLE = (
    "\n.chart text{font:13px system-ui,sans-serif;fill:var(--text)}.chart .gain{fill:var(--good)}"
    ".chart .loss{fill:var(--bad)}.chart .swing{fill:var(--accent)}.chart .grid{stroke:var(--quiet)}\n"
)


def advice_page(advice: Advice) -> str:
    """A whole HTML document that loads nothing and runs nothing; its style is named by hash in its policy."""
    style = _asset("page.css") + _CHART_STYLE
    sections = (
        ("why", "Why", _reasons(advice)),
        ("ranking", "The ranking", _ranking(advice.ranked)),
        ("money", "Money", _money(advice.cost)),
        ("flips", "What would change this", _bullets([flip.text for flip in advice.flips])),
        ("next", "The cheapest next step", _next(advice)),
        ("risks", "Risks", _bullets([f"{risk.text} {risk.remedy}" for risk in advice.risks])),
        ("places", "Where it can be trained", _bullets([f"{note.provider}: {note.text}" for note in advice.providers])),
        ("facts", "What is known", _facts(advice)),
        ("assumed", "Taken for granted", _assumed(advice)),
        ("trace", "Every line that gave or took points", _trace(advice.trace)),
    )
    filled = [(identity, title, body) for identity, title, body in sections if body]
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    return Template(_asset("advice.html")).substitute(
        policy=f"default-src 'none'; style-src 'sha256-{allowed}'; img-src 'none'; base-uri 'none'; form-action 'none'",
        style=style,
        title=text(advice.title),
        sentence=text(advice.sentence),
        verdict=f'<span class="badge {_BADGES[advice.confidence]}">{escape(advice.confidence)}</span>',
        contents="".join(f'<li><a href="#{identity}">{title}</a></li>' for identity, title, _ in filled),
        sections="".join(section(title, body, identity=identity) for identity, title, body in filled),
    )


def _reasons(advice: Advice) -> str:
    first = advice.ranked[0]
    lines = [f"{_points(reason)} {text(reason.text)} <small>{text(reason.source)}</small>"
             for reason in (*first.reasons_for, *first.reasons_against)]  # fmt: skip
    sure = f"<p>{advice.margin:g} points ahead of “{text(advice.ranked[1].title)}”; {text(advice.record.text)}.</p>"
    return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>" + sure


def _points(reason: Reason) -> str:
    kind = "good" if reason.points > 0 or reason.code == "pays_back" else "bad"
    shown = "money" if reason.kind == "money" else f"{reason.points:+g}"
    return f'<span class="badge {kind}">{shown}</span>'


def _ranking(options: Sequence[RankedOption]) -> str:
    rows = [
        (
            text(item.title),
            f"{item.points:g}",
            _texts(item.reasons_for),
            _texts(item.reasons_against),
            _texts(item.gates),
        )
        for item in options
    ]
    return table("All options", ("option", "points", "for", "against", "held back by"), rows, focus=rows[0][0])


def _texts(reasons: Sequence[Reason]) -> str:
    return "<br>".join(text(reason.text) for reason in reasons)


def _money(cost: Cost | None) -> str:
    if cost is None:
        return ""
    months = f"{cost.inputs.horizon_months:g} months"
    caption = (
        f"Net saving within {months} in {cost.draws:,} futures: {cost.p10:,.0f} USD (10 %), {cost.p50:,.0f} (median), "
        f"{cost.p90:,.0f} (90 %). A failed quality gate loses the fixed cost."
    )
    swing = "Net saving within the horizon as each input goes from its low to its high end, the others likely."
    rows = [
        (escape(LABELS[bar.name]), plain(bar.low), plain(getattr(cost.inputs, bar.name).likely), plain(bar.high),
         text(getattr(cost.inputs, bar.name).source))
        for bar in cost.tornado
    ]  # fmt: skip
    return (
        f"<p><strong>{text(cost.text)}</strong></p>"
        f"{figure(spread(cost), caption)}{figure(tornado(cost), swing)}"
        + _bullets([threshold.text for threshold in cost.thresholds])
        + table("Inputs; each can be set under cost in the facts", ("input", "low", "likely", "high", "source"), rows)
    )


def _next(advice: Advice) -> str:
    step = advice.experiment
    return f"<p>{text(step.text)}</p><p>Takes {text(step.takes)}; {text(step.stop)}.</p>"


def _facts(advice: Advice) -> str:
    rows = []
    for field, value in advice.facts.known().items():
        origin = advice.facts.origins.get(field)
        where = "" if origin is None else f"{origin.kind}: {origin.quote or origin.where or ''}".rstrip(": ")
        rows.append((escape(fact_name(field)), text(value_words(field, value)), text(where)))
    return table("Facts", ("fact", "value", "from"), rows) if rows else "<p>Nothing.</p>"


def _assumed(advice: Advice) -> str:
    rows = [(name(item.name), text(item.text), text(item.source), text(item.as_of)) for item in advice.assumptions]
    return table("Assumptions", ("name", "taken for granted", "source", "as of"), rows)


def _trace(trace: Sequence[Reason]) -> str:
    rows = [
        (text(line.text), name(line.option), f"{line.points:+g}", name(line.rule), text(line.source)) for line in trace
    ]
    return table("The trace adds up to the points", ("reason", "option", "points", "rule", "source"), rows)


def _bullets(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{text(item)}</li>" for item in texts) + "</ul>" if texts else ""


def _asset(file: str) -> str:
    return files("ftsdk.report.web").joinpath(file).read_text("utf-8")
