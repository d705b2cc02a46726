"""The lint knows what Slack refuses, and no screen can be made to break it, whatever other people's text holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from math import inf, nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ftsdk
from ftbot import form
from ftbot.screens import form as form_screen
from ftbot.screens.advice import advice_message, result
from ftbot.screens.approval import Asked, Somebody, approval_message, decided_note, reject_modal, reminder
from ftbot.screens.blocks import message, paragraph
from ftbot.screens.budget import budget_message
from ftbot.screens.card import CardState, card, event_line
from ftbot.screens.comparison import comparison_message, no_comparison
from ftbot.screens.degrade import RUNGS, simplified
from ftbot.screens.drafts import proposed, written_out
from ftbot.screens.examples import FILTERS, Place, examples_modal
from ftbot.screens.following import asked_message, changed_message, decision_written, judged_message
from ftbot.screens.home import HomeState, home
from ftbot.screens.lint import lint, refusals
from ftbot.screens.measure import (
    file_modal,
    measured_message,
    measuring,
    not_measured,
    probe_modal,
    probe_offer,
)
from ftbot.screens.standing import Standing, turn_down_modal
from ftbot.screens.tables import costs_message, models_message, plan_message, specs_message
from ftbot.screens.text import clip, fallback
from ftbot.screens.understood import consent_message, understood_message, understood_modal
from ftbot.screens.words import form_button, help_message, notice, runs_message
from ftbot.store.advices import Kept
from ftbot.store.drafts import Draft
from ftsdk.advise.facts import Origin, Tried
from ftsdk.evals.value import Comparison
from tests.ftsdk.report.made import make_comparison

# Screens that were drawn for this bot and keep to Slack's limits as of 22 November 2026.
WIREFRAMES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "wireframes.json").read_text("utf-8"))

PLAIN = {"type": "plain_text", "text": "x"}
MRKDWN = {"type": "mrkdwn", "text": "x"}
BUTTON = {"type": "button", "text": PLAIN, "action_id": "ft:x"}
INPUT = {"type": "plain_text_input", "action_id": "ft:x", "max_length": 10}
CELL = {"type": "raw_text", "text": "x"}
NO_NUMBER = {"type": "raw_number", "value": nan, "text": "x"}
OPTION = {"text": PLAIN, "value": "a"}


def long(text: dict[str, Any], length: int) -> dict[str, Any]:
    return text | {"text": "x" * length}


def asked(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "input", "label": PLAIN, "element": element}


def chart(**changes: Any) -> dict[str, Any]:
    line: dict[str, Any] = {
        "type": "line",
        "series": [{"name": "a", "data": [{"label": "1", "value": 1.0}]}],
        "axis_config": {"categories": ["1"]},
    }
    return {"type": "data_visualization", "title": "t", "chart": line | changes}


REFUSED_BLOCKS: list[tuple[str, dict[str, Any]]] = [
    ("message", {"type": "nonsense"}),
    ("message", {"type": "section"}),
    ("message", {"type": "section", "text": long(PLAIN, 3001)}),
    ("message", {"type": "section", "text": long(PLAIN, 0)}),
    ("message", {"type": "section", "text": PLAIN, "colour": "red"}),
    ("message", {"type": "section", "fields": [long(MRKDWN, 2001)]}),
    ("message", {"type": "section", "fields": [PLAIN] * 11}),
    ("message", {"type": "section", "text": PLAIN, "accessory": {"type": "plain_text_input"}}),
    ("message", {"type": "section", "text": PLAIN, "block_id": "x" * 256}),
    ("message", {"type": "header", "text": long(PLAIN, 151)}),
    ("message", {"type": "header", "text": MRKDWN}),
    ("message", {"type": "context", "elements": []}),
    ("message", {"type": "context", "elements": [PLAIN] * 11}),
    ("message", {"type": "context", "elements": [long(MRKDWN, 3001)]}),
    ("message", {"type": "actions", "elements": []}),
    ("message", {"type": "actions", "elements": [BUTTON | {"action_id": str(n)} for n in range(26)]}),
    ("message", {"type": "actions", "elements": [BUTTON, BUTTON]}),
    ("message", {"type": "actions", "elements": [BUTTON | {"text": MRKDWN}]}),
    ("message", {"type": "actions", "elements": [BUTTON | {"text": long(PLAIN, 76)}]}),
    ("message", {"type": "actions", "elements": [BUTTON | {"value": "x" * 2001}]}),
    ("message", {"type": "actions", "elements": [BUTTON | {"style": "blue"}]}),
    ("message", {"type": "actions", "elements": [{"type": "overflow", "action_id": "ft:x", "options": [OPTION] * 2}]}),
    ("message", {"type": "image", "image_url": "https://a.example/a.png", "alt_text": ""}),
    ("message", {"type": "image", "image_url": "https://a.example/a", "slack_file": {"id": "F"}, "alt_text": "a"}),
    ("message", {"type": "markdown", "text": "x" * 12001}),
    ("message", {"type": "alert", "text": PLAIN}),
    ("home", {"type": "plan", "title": "t"}),
    ("modal", {"type": "data_table", "caption": "c", "rows": [[CELL], [CELL]]}),
    ("modal", {"type": "alert", "text": long(PLAIN, 201)}),
    ("message", {"type": "card", "body": long(PLAIN, 201)}),
    ("message", {"type": "card", "actions": [BUTTON] * 4}),
    ("message", {"type": "task_card", "task_id": "a", "title": "t", "status": "pending"}),
    ("message", {"type": "plan", "title": "t", "tasks": [{"task_id": "a", "title": "t"}] * 2}),
    ("message", {"type": "table", "rows": [[CELL]] * 101}),
    ("message", {"type": "table", "rows": [[CELL] * 21]}),
    ("message", {"type": "data_table", "caption": "c", "rows": [[CELL]]}),
    ("message", {"type": "data_table", "rows": [[CELL], [CELL]]}),
    ("message", {"type": "data_table", "caption": "c", "rows": [[CELL], [CELL, CELL]]}),
    ("message", {"type": "data_table", "caption": "c", "rows": [[CELL], [NO_NUMBER]]}),
    ("message", {"type": "data_table", "caption": "c", "rows": [[CELL]] * 202}),
    ("message", chart(series=[])),
    ("message", chart(axis_config={"categories": ["1", "2"]})),
    ("message", chart(axis_config={"categories": ["x" * 21]})),
    ("message", chart(type="pie", segments=[{"label": "a", "value": 0}])),
    ("message", chart(series=[{"name": "a", "data": [{"label": "1", "value": inf}]}])),
    ("modal", asked({"type": "number_input", "action_id": "ft:x"})),
    ("modal", asked(BUTTON)),
    ("modal", asked(INPUT | {"initial_value": "x" * 11})),
    ("modal", asked(INPUT | {"max_length": 3001})),
    ("modal", asked({"type": "radio_buttons", "options": [OPTION] * 2})),
    ("modal", asked({"type": "checkboxes", "options": [OPTION | {"value": str(n)} for n in range(11)]})),
    ("modal", asked({"type": "static_select", "options": [OPTION], "initial_option": OPTION | {"value": "b"}})),
    ("modal", asked({"type": "static_select", "options": [OPTION | {"value": "x" * 151}]})),
]  # fmt: skip


def on(surface: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    """A payload that is right but for what its blocks hold."""
    if surface == "message":
        return {"text": "x", "blocks": list(blocks)}
    return {"type": surface, "blocks": list(blocks)} | ({"title": PLAIN, "submit": PLAIN} if surface == "modal" else {})


@pytest.mark.parametrize("name", WIREFRAMES)
def test_what_slack_takes_is_not_refused(name: str) -> None:
    surface = name.rpartition(".")[2].replace("ephemeral", "message")
    assert [str(finding) for finding in refusals(WIREFRAMES[name], surface)] == []


@pytest.mark.parametrize(("surface", "block"), REFUSED_BLOCKS)
def test_what_slack_refuses_is_refused(surface: str, block: dict[str, Any]) -> None:
    assert refusals(on(surface, block), surface) != []


def test_what_must_hold_over_a_whole_payload_is_checked() -> None:
    section = {"type": "section", "text": PLAIN}
    broken = {
        "no text and no blocks": ({"text": " "}, "message"),
        "51 blocks": (on("message", *[section] * 51), "message"),
        "the same block id twice": (on("message", section | {"block_id": "a"}, section | {"block_id": "a"}), "message"),
        "too much text": (on("message", *[{"type": "section", "text": long(PLAIN, 3000)}] * 4), "message"),
        "three charts": (on("message", *[chart()] * 3), "message"),
        "an input without submit": (
            {"type": "modal", "title": PLAIN, "blocks": [{"type": "input", "label": PLAIN, "element": INPUT}]},
            "modal",
        ),
        "no title": ({"type": "modal", "blocks": []}, "modal"),
        "a long title": (on("modal") | {"title": long(PLAIN, 25)}, "modal"),
        "long metadata": (on("modal") | {"private_metadata": "x" * 3001}, "modal"),
        "a home with a title": (on("home") | {"title": PLAIN}, "home"),
    }
    assert [name for name, (payload, surface) in broken.items() if not refusals(payload, surface)] == []


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section", "text": MRKDWN},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>", "verbatim": True}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<@U0EVIL>", "verbatim": True}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<https://evil.example|safe>", "verbatim": True}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "see https://evil.example", "verbatim": True}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "a < b", "verbatim": True}},
        {"type": "section", "text": {"type": "plain_text", "text": "xoxb-123456789012-abcdef"}},
        {"type": "actions", "elements": [BUTTON | {"action_id": "mine"}]},
        {"type": "actions", "elements": [BUTTON | {"style": "danger"}]},
        {"type": "actions", "elements": [BUTTON | {"action_id": "ft:promote:r1"}]},
        {"type": "actions", "elements": [BUTTON | {"url": "https://evil.example"}]},
        {
            "type": "actions",
            "elements": [BUTTON | {"style": "primary"}, BUTTON | {"style": "primary", "action_id": "ft:y"}],
        },
        paragraph({"type": "broadcast", "range": "here"}),
        paragraph({"type": "user", "user_id": "U1"}),
        {"type": "markdown", "text": "<!here>"},
    ],
)  # fmt: skip
def test_our_own_rules_are_stricter(block: dict[str, Any]) -> None:
    payload = message("x", [block])
    assert refusals(payload, "message") == []
    assert lint(payload, "message") != []


# -- hostile and extreme values ------------------------------------------------------------------------------

HOSTILE = [
    "x" * 40_000,
    "<!channel> <!here> <!everyone> <!subteam^S1>",
    "<@U0EVIL> @here @channel",
    "<https://evil.example|ftbot.example.com> https://evil.example www.evil.example",
    "&lt;!channel&gt; &amp;&amp;" + "&" * 300,
    "*bold* _it_ ~no~ `code` ```block```",
    "\u202eevil\u202c \u2066x\u2069 עברית العربية",
    "👩‍👩‍👧‍👦" * 200 + "👍🏽" * 200,
    "e\u0301" * 500,
    "\x00\x1b[31m\ud800\u2028",
    "",
    " \n\t ",
    "a\nb" * 2000,
    "' \" <script>alert(1)</script> {{7*7}} ${x}",
]


def card_of(text: str, phase: str, losses: tuple[tuple[int, float], ...], asked: str = "") -> dict[str, Any]:
    made = CardState(text, text, phase, phase, 3, 10, losses, 1e9, text, text, text, 0.0, True)
    return card(made._replace(usd=1e9, expected=1e12, starter=text, asked=asked, source=text, muted=asked == "pause"))


def comparison_of(text: str) -> Comparison:
    made = make_comparison(8)
    arms = tuple(
        summary.model_copy(update={"arm": summary.arm.model_copy(update={"name": f"{text}{index}"})})
        for index, summary in enumerate(made.arms)
    )
    contrasts = tuple(
        contrast.model_copy(update={"metric": text, "first": text, "second": text, "verdict": "worse"})
        for contrast in made.contrasts
    )
    changes = {"name": text, "headline": text, "arms": arms, "contrasts": contrasts * 30, "notes": (text,) * 20}
    return made.model_copy(update=changes)


def answers_with(text: str) -> Comparison:
    made = make_comparison(8)
    rows = tuple(
        row.model_copy(
            update={
                "prompt": text,
                "expected": text,
                "answers": {
                    name: answer.model_copy(update={"text": f"{text} {index}"})
                    for index, (name, answer) in enumerate(row.answers.items())
                },
            }
        )
        for row in made.rows
    )
    return made.model_copy(update={"rows": rows})


def cost_with(text: str) -> Any:
    money = SimpleNamespace(low=0.0, high=1e9)
    return SimpleNamespace(run=text, spec=text, team=text, month=text, estimate=money, actual=1e9)


def run_rows(text: str, number: int) -> list[Any]:
    row = SimpleNamespace(id=text, name=text, phase=text, updated_at=1e9)
    return [SimpleNamespace(row=row)] * number


TWO_ADVICES = (ftsdk.advise({"goal": "cost"}), ftsdk.advise({"goal": "knowledge", "failure": ["knowledge"]}))
CURVES = (
    (),
    ((1, 2.0),),
    tuple((step, nan) for step in range(50)),
    tuple((step, 1.0 / step) for step in range(1, 5000)),
)


def messages_with(text: str) -> Iterator[dict[str, Any]]:
    """Every message that the bot can build, with ``text`` wherever other people's text goes."""
    yield help_message(unknown=text)
    yield notice(text, text, text)
    yield form_button(text)
    yield no_comparison(text, text)
    yield from approvals_with(text)
    yield from (understood_message(facts, text, text) for facts in facts_with(text))
    yield consent_message(1, f"openai:{text}", text)
    yield budget_message(budgets_with(text))
    yield from (runs_message(run_rows(text, number)) for number in (0, 1, 1000))
    for phase in ("check", "train", "done", "failed", text):
        yield from (card_of(text, phase, losses) for losses in CURVES)
        yield from (card_of(text, phase, (), asked) for asked in ("cancel", "pause"))
    yield event_line(CardState(text, text, "failed", "train", 0, 0, (), None, text, text, text, 0.0, False))
    for standing in (Standing(text), Standing(text, True), Standing(text, False, text, text)):
        yield comparison_message(comparison_of(text), text, share=True, standing=standing)
    yield probe_offer("d" * 20, text, text, text, False)
    yield measuring(text)
    for number in (0, 1, 1000):
        yield specs_message([text] * number)
        yield costs_message([cost_with(text)] * number)
    yield plan_message(text, f"{text}\n" * 200, text)
    yield models_message(ftsdk.catalogue.routes(), [text] * 5, date(2026, 11, 22))
    yield not_measured(text, text, text)
    yield from (measured_message(text, facts.known(), *TWO_ADVICES, text) for facts in facts_with(text))
    yield written_out(text, {f"{text}{number}": text for number in range(9)})
    yield proposed(text, text)
    yield changed_message("d" * 20, text, [text] * 30)
    yield decision_written(text, text * 100)
    record = ftsdk.record_of("kept", TWO_ADVICES[0])
    record = record.model_copy(update={"advice": record.advice.model_copy(update={"title": text})})
    yield asked_message(record, Kept("d" * 20, text, text, text, 1.0, None, None, [text], text, ""))
    yield judged_message(ftsdk.with_outcome(record, "hit", None, text, date(2026, 11, 22)))


def facts_with(text: str) -> Iterator[ftsdk.Facts]:
    origin = Origin(kind="extracted", quote=text)
    yield ftsdk.Facts()
    every = {"goal": "cost", "failure": ("format", "style", "cost"), "n_examples": 10**12, "current_model": text}
    more = {f"tried.{name}": "insufficient" for name in Tried.model_fields} | {"n_examples_note": text, "era": text}
    choices = {"task_type": "chat", "team": "weak", "privacy": "none", "eval_set": "no", "base_score": 0.5}
    yield ftsdk.Facts().changed(every | more | choices, origin)


def budgets_with(text: str) -> list[ftsdk.Budget]:
    spent = {"held": Decimal("12.5"), "spent": Decimal(10**9)}
    limits = (None, Decimal(0), Decimal(10**9))
    made = [ftsdk.Budget(team=text, month="2026-11", limit=limit, **spent) for limit in limits]
    return made * 10 + [ftsdk.Budget(team="*", month="2026-11", **spent)]


def asked_with(text: str, state: str = "open", people: int = 40) -> Asked:
    vote = {"person": text, "decision": "approve", "actor": text, "reason": text, "at": 1e9}
    approval = ftsdk.Approval.model_validate(
        {"digest": f"sha256:{'a' * 64}", "act": "start", "name": text, "usd": Decimal("1e7"), "requested_by": text,
         "needed": 2, "approvers": (text,), "number": 10**9, "state": state, "created_at": 1e9, "expires_at": 2e9,
         "votes": (vote,) * 9}
    )  # fmt: skip
    somebody = Somebody(text)
    return Asked(approval, somebody, (somebody,) * people, (somebody,) * 9)


def approvals_with(text: str) -> Iterator[dict[str, Any]]:
    for state in ("open", "approved", "rejected", "expired", "void"):
        yield approval_message(asked_with(text, state))
    yield reminder(asked_with(text))
    yield decided_note(asked_with(text, "rejected"))


def homes_with(text: str) -> Iterator[dict[str, Any]]:
    row = SimpleNamespace(id=text, name=text, phase=text, updated_at=1e9, data={"so_far": {"share": 0.5, "usd": 1.25}})
    for number in (0, 1, 1000):
        waiting = (asked_with(text),) * number
        routes = ftsdk.catalogue.routes()[:number]
        yield home(HomeState(waiting, (row,) * number, tuple(budgets_with(text)[:number]), routes, 1e9))


def views_with(text: str) -> Iterator[dict[str, Any]]:
    """Every view that the bot can build; what somebody typed comes back in its fields."""
    for question in ftsdk.QUESTIONS:
        for answer in (text, [text], None):
            draft = Draft("d" * 20, "U0ANA", "C0TEAM", (("goal",), (question.id,)), {question.id: answer}, 1, "open")
            yield form_screen.page(draft)
    yield form_screen.outdated(draft)
    yield from (form_screen.gone(foreign=foreign) for foreign in (True, False))
    yield from (understood_modal(facts, "d" * 20) for facts in facts_with(text))
    yield turn_down_modal(text[:20])
    yield file_modal("d" * 20)
    yield probe_modal("d" * 20, [text.strip() or "x"] if text.strip() else [])
    for chosen in FILTERS:
        yield examples_modal(answers_with(text), Place("r1", chosen, 1))
    yield reject_modal(asked_with(text).approval)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_screen_breaks_a_limit_or_makes_hostile_text_live(text: str) -> None:
    for built in messages_with(text):
        for rung in range(RUNGS):
            assert [str(finding) for finding in lint(simplified(built, rung), "message")] == []
        assert '"mrkdwn"' not in json.dumps(built), "untrusted text goes where nothing is parsed"
    for view in views_with(text):
        assert [str(finding) for finding in lint(view, "modal")] == []
    for view in homes_with(text):
        assert [str(finding) for finding in lint(view, "home")] == []


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=400))
def test_no_text_at_all_breaks_a_screen(text: str) -> None:
    for built in messages_with(text):
        assert [str(finding) for finding in lint(built, "message")] == []


@pytest.mark.parametrize("goal", ["quality", "knowledge", "cost", "latency", "privacy", "unknown"])
@pytest.mark.parametrize("failure", [[], ["format", "style"], ["knowledge", "retrieval"], ["cost", "latency"]])
@pytest.mark.parametrize("tried", [[], ["prompting:insufficient", "few_shot:insufficient"]])
def test_advice_fits_in_a_modal_and_in_a_message(goal: str, failure: list[str], tried: list[str]) -> None:
    draft = Draft(
        "d" * 20, "U0ANA", "C0TEAM", (("goal",),), {"goal": goal, "failure": failure, "tried": tried}, 0, "done"
    )
    advice = form.advice_of(draft)
    assert [str(finding) for finding in lint(result(advice, draft), "modal")] == []
    said = json.dumps(result(advice, draft), ensure_ascii=False)
    assert f"Takes {advice.experiment.takes}; {advice.experiment.stop}." in said, "whole, and 'stop' said once"
    for shared, followed in ((True, False), (False, False), (False, True)):
        built = advice_message(advice, draft, 1e9, shared=shared, followed=followed)
        assert [str(finding) for finding in lint(built, "message", people={"U0ANA"})] == []


def test_no_answer_of_the_question_table_is_cut() -> None:
    assert [choice.label for question in ftsdk.QUESTIONS for choice in question.choices if len(choice.label) > 75] == []


# -- text ----------------------------------------------------------------------------------------------------


@given(st.text(max_size=300), st.integers(1, 60))
def test_a_cut_text_is_never_longer_than_asked(text: str, most: int) -> None:
    assert len(clip(text, most)) <= most


def test_a_cut_never_goes_through_what_is_seen_as_one_character() -> None:
    family = "👩‍👩‍👧‍👦"
    assert clip(f"ab{family}", 6) == "ab…"
    assert clip("e\u0301" * 5, 4) == "e\u0301…"


@given(st.text(max_size=500))
def test_the_fallback_is_short_escaped_and_holds_no_address(text: str) -> None:
    made = fallback(text)
    assert 0 < len(made) <= 150
    assert "<" not in made
    assert "http://" not in made
    assert "https://" not in made
