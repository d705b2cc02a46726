"""The form in the terminal: the questions' table asked with rich, step by step; numbers are put in place."""

from __future__ import annotations

from rich.console import Console
from rich.prompt import Prompt
from rich.text import Text

from ftsdk.advise import Facts, answered, next_questions
from ftsdk.advise.questions import DONT_KNOW_LABEL, Question
from ftsdk.errors import UsageError


def fill_in(out: Console, facts: Facts) -> Facts:
    """Ask until nothing could change the advice; an empty answer is "I don't know"."""
    asked: list[str] = []
    for number in range(1, 5):
        step = next_questions(facts, asked, number)
        if step.done:
            break
        out.print(Text(f"\nStep {step.number} of at most {step.limit}", style="bold"))
        for question in step.questions:
            asked.append(question.id)
            facts = ask(out, question, facts)
    return facts


def ask(out: Console, question: Question, facts: Facts) -> Facts:
    """Put one question until its answer fits."""
    out.print(Text(f"\n{question.text}", style="bold"))
    out.print(Text(" ".join(filter(None, (question.help, f"Why: {question.why}"))), style="dim"))
    for number, choice in enumerate(question.choices, 1):
        out.print(Text(f"  {number:2}  {choice.label}"))
    hint = "numbers with commas between" if question.kind == "many" else "a number"
    if question.unit:
        hint += f", or = and {question.unit}"
    while True:
        said = Prompt.ask(f"{hint}; empty: {DONT_KNOW_LABEL}", console=out, default="", show_default=False)
        try:
            return answered(facts, {question.id: answer_of(question, said)})
        except UsageError as error:
            out.print(Text(str(error), style="yellow"))


def answer_of(question: Question, said: str) -> object:
    """What somebody wrote, as `answered` takes it: places in the list, or ``=`` and a number."""
    said = said.strip()
    if not said:
        return None
    if said.startswith("="):
        return said[1:].strip()
    words = [word for word in said.replace(",", " ").split() if word]
    if not all(word.isdigit() and 1 <= int(word) <= len(question.choices) for word in words):
        raise UsageError(f"{said!r} is none of 1 to {len(question.choices)}", help="write the number before a choice")
    chosen = [question.choices[int(word) - 1].value for word in words]
    if question.kind == "many":
        return chosen
    if len(chosen) > 1:
        raise UsageError("only one can be chosen here", help="write one number")
    return chosen[0]
