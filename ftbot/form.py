"""The questionnaire as a value: which page comes next, what was answered, and the facts and advice that follow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import ftsdk
from ftbot.store.drafts import Draft

NUMBER = "#number"
# Beside the answers: facts that were read in a text and that no question asks for.
READ = "#read"
# And facts that were measured: they count for more than answers.
MEASURED = "#measured"

Given = Mapping[str, Any]
Errors = dict[str, str]


def new_draft(arrival: str, person: str, channel: str) -> Draft:
    """An empty draft; the same request always makes the same one."""
    first = tuple(question.id for question in ftsdk.next_questions(ftsdk.Facts()).questions)
    return Draft(hashlib.sha256(arrival.encode()).hexdigest()[:20], person, channel, (first,), {}, 0, "open")


def questions_of(draft: Draft) -> list[ftsdk.Question]:
    """The questions of the page that is shown."""
    known = {question.id: question for question in ftsdk.QUESTIONS}
    return [known[id] for id in draft.pages[draft.page] if id in known]


def facts_of(answers: Given) -> ftsdk.Facts:
    """What the answers say; an answer that this version does not understand counts as not known."""
    facts = _read(answers.get(READ, {}))
    for id, answer in answers.items():
        try:
            facts = ftsdk.answered(facts, {id: answer})
        except ftsdk.FtsdkError:
            continue
    for found in answers.get(MEASURED, ()):
        facts = _with_measured(facts, found)
    return facts


def measured(draft: Draft, facts: ftsdk.Facts) -> Draft:
    """The draft with facts that were measured, in the order in which they were; a newer measurement counts."""
    found = facts.model_dump(mode="json", exclude_defaults=True)
    return draft._replace(answers=draft.answers | {MEASURED: [*draft.answers.get(MEASURED, ()), found]})


def _with_measured(facts: ftsdk.Facts, found: Given) -> ftsdk.Facts:
    try:
        read = ftsdk.Facts.model_validate(found)
    except ValueError:  # written by another version
        return facts
    for name, value in read.known().items():
        facts = facts.changed({name: value}, read.origins.get(name))
    return facts


def _read(values: Given) -> ftsdk.Facts:
    try:
        return ftsdk.Facts().changed(values)
    except ValueError:  # written by another version
        return ftsdk.Facts()


def prefilled(draft: Draft, facts: ftsdk.Facts) -> Draft:
    """The draft with facts as answers, as if somebody had chosen them; what no question asks for is kept beside."""
    answers: dict[str, Any] = dict(draft.answers)
    asked: set[str] = set()
    for question in ftsdk.QUESTIONS:
        answer, fields = _answer(question, facts)
        if answer:
            answers[question.id] = answer
            asked |= fields
    rest = {name: value for name, value in facts.known().items() if name not in asked}
    return draft._replace(answers=answers | ({READ: rest} if rest else {}))


def _answer(question: ftsdk.Question, facts: ftsdk.Facts) -> tuple[Any, set[str]]:
    """What would be answered to a question, and the fields that this says; nothing where the facts say nothing."""
    known, choices = facts.known(), {choice.value for choice in question.choices}
    if question.id == "tried":
        said = {f"tried.{pair.partition(':')[0]}": pair for pair in choices}
        pairs = [f"{name.removeprefix('tried.')}:{known[name]}" for name in said if name in known]
        kept = sorted(pair for pair in pairs if pair in choices)
        return kept, {f"tried.{pair.partition(':')[0]}" for pair in kept}
    if question.number is not None and question.number in known:
        unit = " per month" if question.number == "calls_per_month" else ""
        return f"{known[question.number]:.0f}{unit}", {question.number, question.id}
    value = known.get(question.id)
    if question.kind == "many":
        kept = [one for one in value or () if one in choices]
        return kept, {question.id}
    return (value, {question.id}) if value in choices else (None, set())


def answered(draft: Draft, given: Given) -> tuple[Draft, Errors]:
    """The draft with a page's answers, and what is wrong with them by the name of the field."""
    errors: Errors = {}
    kept = dict(draft.answers)
    for question in questions_of(draft):
        number = given.get(question.id + NUMBER)
        answer = number if number else given.get(question.id)
        try:
            ftsdk.answered(ftsdk.Facts(), {question.id: answer})
        except ftsdk.FtsdkError as error:
            errors[question.id + (NUMBER if number else "")] = error.help or error.message
        else:
            kept = {id: known for id, known in kept.items() if id != question.id}
            kept |= {} if answer in (None, "", []) else {question.id: answer}
    return draft._replace(answers=kept), errors


def turned(draft: Draft) -> Draft:
    """The next page of a draft, or the draft as done when no question could change the advice."""
    pages = draft.pages[: draft.page + 1]
    asked = {id for page in pages for id in page}
    step = ftsdk.next_questions(facts_of(draft.answers), asked, step=len(pages) + 1)
    if step.done:
        return draft._replace(pages=pages, state="done")
    fresh = tuple(question.id for question in step.questions)
    return draft._replace(pages=(*pages, fresh), page=len(pages), state="open")


def turned_back(draft: Draft) -> Draft:
    """The page before; answers stay."""
    return draft._replace(page=max(0, draft.page - 1), state="open")


def finished(draft: Draft) -> Draft:
    """The draft as it is, without more questions."""
    return draft._replace(state="done")


def advice_of(draft: Draft) -> ftsdk.Advice:
    """What the library advises on the answers."""
    return ftsdk.advise(facts_of(draft.answers))
