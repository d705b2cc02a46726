"""Facts out of a description without any model: words and numbers that tell something, and nothing else."""

from __future__ import annotations

import re
from typing import Any

from ftsdk.advise.domain import FAILURES
from ftsdk.advise.extract import numbers
from ftsdk.advise.extract.clean import without_instructions
from ftsdk.advise.extract.patterns import patterns
from ftsdk.advise.facts import Facts, Origin
from ftsdk.advise.view import QUALITY_FAILURES

LONGEST = 20_000
_MODEL = re.compile(
    r"\b(gpt-?[\w.]+(?:-mini|-nano)?|claude(?: \w+)?|llama-?[\w.]*|gemini[\w. -]{0,10}|qwen[\w.-]*|mistral[\w.-]*|"
    r"open(?: \S+)? (?:code )?(?:models?|llms?))",
    re.IGNORECASE,
)


def facts_in_words(text: str, onto: Facts | None = None) -> Facts:
    """What a description says of a case; each fact carries the words it rests on, the rest stays unknown.

    Wishes, praise and instructions in the text are no facts. Text beyond 20,000 characters is not read.
    """
    text = " ".join(without_instructions(text[:LONGEST])[0].split())
    found: dict[str, tuple[Any, str]] = {}
    for field, rows in patterns().facts.items():
        for value, pattern in rows:
            if match := pattern.search(text):
                found[field] = (value, match[0])
                break
    found |= _task(text)
    found |= _numbers(text)
    found |= _failures(text, found)
    found |= _goal(text, found)
    if model := _MODEL.search(text):
        found["current_model"] = (model[0], model[0])
    facts = onto or Facts()
    for field, (value, quote) in found.items():
        facts = facts.changed({field: value}, Origin(kind="extracted", quote=quote[:200]))
    return facts


def _task(text: str) -> dict[str, tuple[Any, str]]:
    """The kind of task that is named first; a conversation where no other is."""
    named = [(match.start(), value, match[0]) for value, pattern in patterns().tasks if (match := pattern.search(text))]
    if named:
        return {"task_type": min(named)[1:]}
    talk = patterns().conversation.search(text)
    return {"task_type": ("chat", talk[0])} if talk else {}


def _numbers(text: str) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    for field, number in (
        ("calls_per_month", numbers.calls(text) or numbers.calls_in_all(text)),
        ("n_examples", numbers.examples(text)),
        ("corpus_tokens", numbers.corpus(text)),
        ("static_tokens", numbers.prompt(text)),
        ("prompt_tokens", numbers.prompt(text)),
    ):
        if number is not None:
            whole = field in ("n_examples", "prompt_tokens", "static_tokens")
            found[field] = (round(number.value) if whole else number.value, number.quote)
    return found


def _failures(text: str, found: dict[str, tuple[Any, str]]) -> dict[str, tuple[Any, str]]:
    """Failures that are spoken of; where the answers are said to be good, only cost and waiting are left."""
    quotes: dict[str, str] = {}
    for failure, pattern in patterns().failures:
        if failure not in quotes and (match := _asserted(pattern, text)):
            quotes[failure] = match[0]
    good = patterns().good_enough.search(text) and not patterns().not_good.search(text)
    if good and {"cost", "latency"} & set(quotes):
        quotes = {failure: quote for failure, quote in quotes.items() if failure not in QUALITY_FAILURES}
    short = found.get("tried.prompting", ("", ""))
    if not QUALITY_FAILURES & set(quotes) and short[0] == "insufficient":
        quotes["behaviour"] = short[1]  # careful prompts fall short, in what is not said
    ordered = tuple(failure for failure in FAILURES if failure in quotes)
    return {"failure": (ordered, "; ".join(quotes[failure] for failure in ordered))} if ordered else {}


def _asserted(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first match that is not denied by the words around it."""
    for match in pattern.finditer(text):
        before, after = text[max(0, match.start() - 25) : match.start()], text[match.end() : match.end() + 40]
        if not patterns().denied_before.search(before) and not patterns().denied_after.search(after):
            return match
    return None


def _goal(text: str, found: dict[str, tuple[Any, str]]) -> dict[str, tuple[Any, str]]:
    """The aim: what is left when quality is there, or the quality."""
    failures, quote = found.get("failure", ((), ""))
    if not failures:
        return {}
    if set(failures) <= {"cost", "latency"}:
        return {"goal": ("latency" if "latency" in failures else "cost", quote)}
    if "knowledge" in failures and re.search(r"teach|learn|know (more|about)|so that it answers", text, re.IGNORECASE):
        return {"goal": ("knowledge", quote)}
    return {"goal": ("quality", quote)}
