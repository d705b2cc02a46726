"""The questionnaire in one modal, drawn from the library's question table and read back from what was submitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ftsdk
from ftbot.form import NUMBER, Given, questions_of
from ftbot.screens.blocks import Block, Element, actions, alert, ask, button, context, modal, option, plain
from ftbot.screens.words import FORM_CHANGED, FORM_GONE, NOT_YOURS
from ftbot.store.drafts import Draft

# The version of the form is in its callback id: a form that was opened before a deploy is still understood after it.
VERSION = "v1"
PAGE = f"ft:advise:{VERSION}:page"
RESULT = f"ft:advise:{VERSION}:result"
OUTDATED = f"ft:advise:{VERSION}:outdated"
TITLE = "Should we fine-tune?"
MOST_BOXES = 10

View = dict[str, Any]


def page(draft: Draft) -> View:
    """The page of a draft that is shown."""
    questions = questions_of(draft)
    blocks: list[Block] = [context(_step(draft))]
    for question in questions:
        blocks += _inputs(question, draft.answers.get(question.id))
    view = modal(
        PAGE, TITLE, [*blocks, *_buttons(draft)], metadata=_metadata(draft), submit="Next", close="Save and close"
    )
    return view | {"notify_on_close": True}


def _step(draft: Draft) -> str:
    most = ftsdk.next_questions(ftsdk.Facts()).limit
    return f"Step {draft.page + 1} of at most {most}. Saved as you go; leave open what you do not know."


def _metadata(draft: Draft) -> str:
    return f"d={draft.id};p={draft.page}"


def draft_id(metadata: str) -> str:
    """The id in a view's metadata: a hint where to look, never a proof of anything."""
    return _parts(metadata).get("d", "")


def on_page(draft: Draft, metadata: str) -> Draft:
    """The draft on the page that a view shows, so that a request that is worked on twice turns one page."""
    shown = _parts(metadata).get("p", "")
    number = int(shown) if shown.isdecimal() and len(shown) < 4 else draft.page
    return draft._replace(page=min(number, len(draft.pages) - 1))


def _parts(metadata: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in metadata.split(";") if "=" in part)


def _buttons(draft: Draft) -> list[Block]:
    if draft.page == 0:
        return []
    back = button("ft:form:back", "Back", draft.id)
    return [actions(back, button("ft:form:now", "Advise me now", draft.id))]


def _inputs(question: ftsdk.Question, answer: Any) -> list[Block]:
    """One input for a question, and a second one where a number says it better."""
    known = [choice.value for choice in question.choices]
    hint = f"{question.help} {question.why}"
    if question.kind == "many":
        return [ask(question.id, question.text, _many(question, answer), hint=hint, optional=True)]
    choice = str(answer) if str(answer) in known or answer == "unknown" else None
    inputs = [ask(question.id, question.text, _one(question, choice), hint=hint, optional=True)]
    if question.number is not None:
        written = str(answer).strip() if answer is not None and choice is None else ""
        inputs.append(ask(question.id + NUMBER, f"Or as a number ({question.unit})", _number(written), optional=True))
    return inputs


def _options(choices: Sequence[Any]) -> list[Element]:
    return [option(choice.label, choice.value) for choice in choices]


def _one(question: ftsdk.Question, chosen: str | None) -> Element:
    options = [*_options(question.choices), option("I don't know", "unknown")]
    kind = "radio_buttons" if len(options) <= MOST_BOXES else "static_select"
    initial = [one for one in options if one["value"] == chosen]
    return {"type": kind, "action_id": "ft:q", "options": options} | ({"initial_option": initial[0]} if initial else {})


def _many(question: ftsdk.Question, answer: Any) -> Element:
    options = _options(question.choices)
    few = len(options) <= MOST_BOXES
    element: Element = {"type": "checkboxes" if few else "multi_static_select", "action_id": "ft:q", "options": options}
    if not few:
        element["placeholder"] = plain("Choose all that apply", 150)
    initial = [one for one in options if one["value"] in (answer or ())]
    return element | ({"initial_options": initial} if initial else {})


def _number(written: str) -> Element:
    element: Element = {"type": "plain_text_input", "action_id": "ft:q", "max_length": 60}
    return element | ({"initial_value": written[:60]} if written else {})


def read_answers(view: View) -> Given:
    """What was filled in, by the names of the fields; None where nothing was."""
    values = view.get("state", {}).get("values", {})
    return {name: _read(next(iter(by_action.values()), {})) for name, by_action in values.items()}


def _read(state: dict[str, Any]) -> Any:
    if state.get("selected_options") is not None:
        return [one["value"] for one in state["selected_options"]]
    if state.get("selected_option"):
        return state["selected_option"]["value"]
    return state.get("value")


# -- when the form cannot go on ----------------------------------------------------------------------------------------


def outdated(draft: Draft) -> View:
    """What somebody sees who submits a form of an older version."""
    resume = button("ft:form:resume", "Continue", draft.id, primary=True)
    return modal(OUTDATED, TITLE, [alert("info", FORM_CHANGED), actions(resume)], metadata=_metadata(draft))


def gone(*, foreign: bool = False) -> View:
    """What somebody sees whose draft is not there, or is not theirs."""
    blocks = [alert("warning", NOT_YOURS if foreign else FORM_GONE)]
    if not foreign:
        blocks.append(actions(button("ft:form:restart", "Start again", "new", primary=True)))
    return modal(OUTDATED, TITLE, blocks)
