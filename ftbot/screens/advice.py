"""Advice as a modal and as a message: what to do, why, what would change it, and where it can be done at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ftsdk
from ftbot.screens.blocks import (
    Block,
    Element,
    actions,
    alert,
    bullets,
    button,
    confirmation,
    context,
    line,
    message,
    modal,
    moment,
    paragraph,
    person,
    rich,
    words,
)
from ftbot.screens.form import RESULT
from ftbot.store.drafts import Draft

REASONS, RUNNERS_UP, FLIPS, ROUTES, RISKS = 3, 2, 3, 4, 3


def result(advice: ftsdk.Advice, draft: Draft) -> dict[str, Any]:
    """The last page of the form."""
    level = "success" if advice.confidence == "clear" else "info"
    lead = alert(level, f"{advice.title}. {advice.sentence}")
    blocks = [lead, *_body(advice), _buttons(draft, share=draft.channel[:1] in "CG")]
    return modal(RESULT, "Recommendation", blocks, metadata=f"d={draft.id}", close="Done")


def advice_message(
    advice: ftsdk.Advice,
    draft: Draft,
    at: float,
    *,
    shared: bool = False,
    proposing: bool = False,
    followed: bool = False,
) -> dict[str, Any]:
    """The same as a message: to whoever asked, or ``shared`` in a channel; ``proposing`` where GitHub is connected.

    ``followed`` says whether whoever asked is told when it changes.
    """
    lead = rich(line(words(f"{advice.title}. ", bold=True, most=120), words(advice.sentence, most=300)))
    asked = paragraph(words("Asked by "), person(draft.person), words(" "), moment(at))
    own = [_buttons(draft, share=False, proposing=proposing), _following(draft, followed=followed)]
    buttons = [_own()] if shared else own
    return message(f"Advice: {advice.title}", [lead, *_body(advice), asked, *buttons])


def _own() -> Block:
    return actions(button("ft:advise:open", "Ask about my own task", "new"))


def _following(draft: Draft, *, followed: bool) -> Block:
    if followed:
        return actions(button("ft:advice:leave", "Stop telling me when it changes", draft.id))
    return actions(button("ft:advice:follow", "Tell me when prices or models change it", draft.id))


def _buttons(draft: Draft, *, share: bool, proposing: bool = False) -> Block:
    change = button("ft:form:change", "Change answers", draft.id)
    files = button("ft:draft:files", "Draft as files", draft.id)
    sure = confirmation("Open a pull request?", "It proposes the draft on a branch of its own.", "Open it")
    propose = [button("ft:draft:propose", "Draft as pull request", draft.id, confirm=sure)] if proposing else []
    sharing = [button("ft:form:share", "Share in the channel", draft.id, primary=True)] if share else []
    rows = button("ft:probe:modal", "Measure on our rows", draft.id)
    return actions(*sharing, change, button("ft:measure:modal", "Measure a file", draft.id), rows, files, *propose)


def _body(advice: ftsdk.Advice) -> list[Block]:
    best = advice.ranked[0]
    parts = [
        line(
            words(f"{advice.confidence[:1].upper()}{advice.confidence[1:]}: ", bold=True),
            words(advice.record.text, most=300),
        ),
        *_section("Why", ([words(reason.text, most=250)] for reason in best.reasons_for[:REASONS])),
        *_section("Against it", ([words(reason.text, most=250)] for reason in best.reasons_against[:REASONS])),
        *_section("What it costs", _money(advice.cost)),
        *_section("What would change this", ([words(flip.text, most=250)] for flip in advice.flips[:FLIPS])),
        *_section("Before you spend anything", _experiment(advice)),
        *_section("Next after it", _runners_up(advice)),
        *_section("Where it can be trained", _routes(advice)),
        *_section("What can go wrong", _risks(advice)),
    ]
    known = ftsdk.report.counted(len(advice.facts.known()), "fact")
    return [rich(*parts), context(f"{known} known. Rules as of {advice.as_of}; no language model chose this.")]


def _money(cost: Any) -> list[list[Element]]:
    """What training takes and saves, each as low, likely and high."""
    if cost is None:
        return [[words("Not known: the number of calls a month is not. Tell it, and low, likely and high are said.")]]
    fixed, saved = cost.inputs.fixed, (cost.p10, cost.p50, cost.p90)
    return [
        _range("To train and prove it", fixed.low, fixed.likely, fixed.high),
        _range(f"Net saving in {cost.inputs.horizon_months:g} months", *saved),
        [words(cost.text, most=300)],
    ]


def _range(what: str, low: float, likely: float, high: float) -> list[Element]:
    shown = f"low {_usd(low)}, likely {_usd(likely)}, high {_usd(high)}"
    return [words(f"{what}: ", bold=True), words(shown)]


def _usd(value: float) -> str:
    return f"{'−' if value < 0 else ''}${abs(value):,.0f}"


def _section(title: str, items: Iterable[list[Element]]) -> list[Element]:
    kept = list(items)
    return [line(words(title, bold=True)), bullets(kept)] if kept else []


def _experiment(advice: ftsdk.Advice) -> list[list[Element]]:
    next_step = advice.experiment
    return [
        [words(next_step.text, most=300)],
        [words(f"Takes {next_step.takes}; {next_step.stop}.", most=300)],
    ]


def _runners_up(advice: ftsdk.Advice) -> list[list[Element]]:
    lead = advice.ranked[0].points
    return [
        [words(item.title, most=80), words(f", {lead - item.points:.1f} points behind")]
        for item in advice.ranked[1 : 1 + RUNNERS_UP]
    ]


def _routes(advice: ftsdk.Advice) -> list[list[Element]]:
    return [
        [words(f"{route.provider}: ", bold=True), words(f"{route.status}; {route.text}", most=220)]
        for route in advice.providers[:ROUTES]
    ]


def _risks(advice: ftsdk.Advice) -> list[list[Element]]:
    return [[words(f"{risk.text} {risk.remedy}", most=300)] for risk in advice.risks[:RISKS]]
