"""The questionnaire as a value: which page comes next, what was answered, and the facts and advice that follow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import ftsdk
from ftbot.store.drafts import Draft

NUMBER = "#number"

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
    facts = ftsdk.Facts()
    for id, answer in answers.items():
        try:
            facts = ftsdk.answered(facts, {id: answer})
        except ftsdk.FtsdkError:
            continue
    return facts


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
