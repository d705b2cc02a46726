"""Advice for the terminal: what to do and why first, then the doubt, then what else there is."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from ftsdk.advise.engine import Reason
from ftsdk.advise.money import Cost
from ftsdk.advise.money.simulate import LABELS
from ftsdk.advise.record import DecisionList, Recheck
from ftsdk.advise.value import Advice, RankedOption
from ftsdk.advise.words import fact_name, value_words
from ftsdk.report.console.findings import draw_findings
from ftsdk.report.console.layout import BAD, GOOD, QUIET, UNSURE, grid, heading, indented, said, table
from ftsdk.report.untrusted import line, shown
from ftsdk.report.wording import counted

CONFIDENCE = {"clear": GOOD, "leaning": UNSURE, "toss-up": BAD}
SHOWN = 3


def draw_advice(advice: Advice) -> RenderableType:
    """The whole advice, in the order in which it is read."""
    parts: list[RenderableType] = [
        Text(advice.title, style="bold").append(f"  {advice.confidence}", style=CONFIDENCE[advice.confidence]),
        indented(said(advice.sentence, QUIET)),
        heading("Why"),
        *draw_reasons(advice.ranked[0]),
        heading("How sure"),
        indented(f"{advice.margin:g} points ahead of “{advice.ranked[1].title}”; {advice.record.text}."),
        heading("The ranking"),
        draw_ranking(advice.ranked),
        *draw_list("What would change this", [flip.text for flip in advice.flips]),
        *draw_cost(advice.cost),
        heading("The cheapest next step"),
        indented(advice.experiment.text),
        indented(said(f"takes {advice.experiment.takes}; {advice.experiment.stop}", QUIET)),
        *draw_list("Risks", [f"{risk.text} {risk.remedy}" for risk in advice.risks]),
        *draw_list("Where it can be trained", [_route(note) for note in advice.providers]),
        *draw_found(advice),
        *draw_list("Taken for granted", [f"{item.text} ({item.as_of})" for item in advice.assumptions]),
    ]
    if advice.next_question:
        parts += [heading("It would help to know"), indented(shown(advice.next_question.text)),
                  indented(said(shown(advice.next_question.why), QUIET))]  # fmt: skip
    if advice.findings:
        parts += [heading("Not understood, and so not known"), draw_findings(advice.findings)]
    return Group(*parts)


def draw_reasons(option: RankedOption) -> list[RenderableType]:
    """Reasons for and against, each with its points."""
    return [indented(_reason(reason)) for reason in (*option.reasons_for, *option.reasons_against)]


def _reason(reason: Reason) -> Text:
    good = reason.points > 0 or reason.code == "pays_back"
    text = Text("$   " if reason.kind == "money" else f"{reason.points:+g}  ", style=GOOD if good else BAD)
    return text.append(shown(reason.text), style="default").append(f"  [{line(reason.source, 60)}]", style=QUIET)


def draw_ranking(options: Sequence[RankedOption]) -> RenderableType:
    """The first three options with points and the strongest reason for and against each."""
    rows: list[list[str | Text]] = [
        [
            item.title,
            f"{item.points:g}",
            Text("\n".join(f"+ {reason.text}" for reason in item.reasons_for[:1])
                 + "".join(f"\n- {reason.text}" for reason in item.reasons_against[:1])),
        ]
        for item in options[:SHOWN]
    ]  # fmt: skip
    return table(("option", "points", "strongest for and against"), rows, right_from=9)


def draw_cost(cost: Cost | None) -> list[RenderableType]:
    """The break-even: its sentence, what is saved, and what moves it most."""
    if cost is None:
        return []
    rows = [
        [LABELS[bar.name], f"{bar.low:,g}", f"{bar.high:,g}", f"{bar.at_low:,.0f}", f"{bar.at_high:,.0f}"]
        for bar in cost.tornado
    ]
    months = f"{cost.inputs.horizon_months:g} months"
    saved = f"net saving in {months}, USD: {cost.p10:,.0f} (10 %), {cost.p50:,.0f} (median), {cost.p90:,.0f} (90 %)"
    return [
        heading("Money"),
        indented(cost.text),
        indented(said(f"{saved}; against the best untrained option", QUIET)),
        table(("what moves it most", "low", "high", "net at low", "net at high"), rows),
        *(indented(f"- {threshold.text}") for threshold in cost.thresholds),
    ]


def draw_found(advice: Advice) -> list[RenderableType]:
    """Facts that nobody stated as such, each with the words or the file it came from."""
    found = [
        f"{fact_name(name)}: {value_words(name, value)} ({origin.kind}: {origin.quote or origin.where or 'see facts'})"
        for name, value in advice.facts.known().items()
        if (origin := advice.facts.origins.get(name)) is not None and origin.kind != "answered"
    ]
    return draw_list("Facts that were found; check them", found)


def draw_list(title: str, texts: Sequence[str]) -> list[RenderableType]:
    """A titled list; nothing when it is empty."""
    return [heading(title), *(indented(f"- {shown(text)}") for text in texts)] if texts else []


def _route(note: object) -> str:
    provider, models, text = (getattr(note, name) for name in ("provider", "models", "text"))
    return f"{provider} ({', '.join(models)}): {text}" if models else f"{provider}: {text}"


def draw_explanation(advice: Advice, code: str) -> RenderableType:
    """Every line that gave or took points of one option, and what they add up to."""
    option = advice.option(code)
    lines = [line for line in advice.trace if line.option == code]
    rows: list[list[str | Text]] = [
        [Text(f"{reason.points:+g}", style=GOOD if reason.points > 0 else BAD), _with_source(reason)]
        for reason in sorted(lines, key=lambda reason: -abs(reason.points))
    ]
    place = [item.option for item in advice.ranked].index(option.option) + 1
    return Group(
        said(f"{option.title}: {option.points:g} points, place {place} of {len(advice.ranked)}", "bold"),
        indented(said(option.sentence, QUIET)),
        grid(rows),
    )


def _with_source(reason: Reason) -> Text:
    facts = ", ".join(map(fact_name, reason.facts)) or "what holds always"
    return Text(shown(reason.text)).append(f"\n{line(reason.source, 80)}, {reason.as_of}; from {facts}", style=QUIET)


def draw_recheck(found: Recheck) -> RenderableType:
    """Whether a decision still stands, and what differs."""
    word = f"would be “{found.today}” today, was “{found.before}”" if found.changed else f"stands: {found.before}"
    head = said(f"{line(found.name, 60)} of {found.decided_on} {word}", BAD if found.changed else GOOD)
    return Group(head, *(indented(f"- {shown(text)}") for text in found.differences))


def draw_decisions(found: DecisionList) -> RenderableType:
    """One line a decision, and how many advices proved right."""
    rows: list[list[str | Text]] = [
        [line(item.name, 32), str(item.decided_on), item.advice.title,
         item.outcome.result if item.outcome else "open"]
        for item in found.decisions
    ]  # fmt: skip
    misses = f"{found.misses} miss{'' if found.misses == 1 else 'es'}"
    tally = f"{counted(found.hits, 'hit')}, {misses}, {found.open} open"
    return Group(table(("decision", "decided", "advice", "came of it"), rows, right_from=9), said(tally, "bold"))
