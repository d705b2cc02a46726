"""Numbers with what they count, as people write them in sentences: examples, calls, tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

from ftsdk.advise.units import calls_per_month

_WORDS = {
    "hundreds of millions of": 3e8, "tens of millions of": 3e7, "hundreds of thousands of": 3e5,
    "several hundred thousand": 3e5, "tens of thousands of": 3e4, "millions of": 3e6, "billions of": 3e9,
    "thousands of": 3e3, "hundreds of": 300, "a few hundred": 300, "few hundred": 300, "some hundred": 300,
    "a thousand": 1e3, "thousand": 1e3, "a million": 1e6, "a hundred": 100,
}  # fmt: skip
_DIGITS = r"(?<![\d.,])(?:\d{1,3}(?:[,\u202f ]\d{3}){1,4}|\d{1,15}(?:\.\d{1,6})?)(?!\d)"
_SCALE = r"(?:\s?(?:k|m|b|bn|thousand|million|billion)\b|(?:-(?:billion|million|thousand)))?"
_QUANTITY = rf"(?P<digits>(?:{_DIGITS}){_SCALE})|(?P<words>{'|'.join(map(re.escape, _WORDS))})"
_RANGE = re.compile(rf"({_DIGITS})\s?(?:-|–|to|and)\s?({_DIGITS})", re.IGNORECASE)

_TIME = r"(?P<time>(?:a|per|each|every)\s(?:day|week|month|year|hour)|daily|weekly|monthly|yearly|/\s?(?:day|month|s))"
_CALLS = re.compile(rf"(?:{_QUANTITY})(?P<what>\D{{0,45}}?)\b{_TIME}", re.IGNORECASE)
_CALLS_IN_ALL = re.compile(rf"(?:{_QUANTITY})\s?calls (?:in (?:all|total)|overall|are expected)", re.IGNORECASE)
_CALLS_BARE = re.compile(
    r"(?P<words>(?:hundreds of |tens of )?millions of) (?:\w+ )?(?:e-?mails|mails|calls|questions|conversations|"
    r"requests|customer questions|documents|users)|millions of them",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(
    rf"(?:about |some |around |roughly )?(?:{_QUANTITY})\s?(?P<kind>(?:[\w/-]+ ){{0,4}}?)(?:\([^)]*\) )?"
    r"(?:pairs|examples|notes|reports|e-?mails|mails|labels|triples|texts|samples|records|sentences)\b",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"pair|exampl|annotat|label|verified|fix|correct|trusted|triple|synthetic", re.IGNORECASE)
_TOKENS = re.compile(rf"(?:{_QUANTITY})[\s-]?(?P<kind>(?:\w+ ){{0,2}}?)tokens?\b", re.IGNORECASE)
_PROMPT = re.compile(rf"(?:{_QUANTITY})[\s-]tokens?(?: of)? (?:system )?prompt|prompt of (?P<more>{_DIGITS}) tokens",
                     re.IGNORECASE)  # fmt: skip


# Fewer are examples in a prompt, not examples to train on.
FEWEST = 10


class Found(NamedTuple):
    """A number and the words it was in."""

    value: float
    quote: str


def calls(text: str) -> Found | None:
    """Calls a month; a number of things a day, week or month, unless they are money or tokens."""
    for found in _CALLS.finditer(text):
        before = text[max(0, found.start() - 2) : found.start()]
        if re.search(r"[$€£]", before) or re.search(r"dollar|token|people|\$", found["what"], re.IGNORECASE):
            continue
        time = found["time"].lower()
        return Found(calls_per_month(f"{_number(found):f} {time}"), found[0])
    bare = _CALLS_BARE.search(text)
    return Found(_WORDS[(bare["words"] or "millions of").lower()], bare[0]) if bare else None


def calls_in_all(text: str) -> Found | None:
    """Calls expected over the whole life, taken as a year's."""
    found = _CALLS_IN_ALL.search(text)
    return Found(_number(found) / 12, found[0]) if found else None


def examples(text: str) -> Found | None:
    """How many labelled examples there are, or could be; of a range its upper end."""
    for found in _EXAMPLES.finditer(text):
        around = text[max(0, found.start() - 60) : found.end() + 60]
        if found["digits"] and re.match(r"\s*(a|per|each) (day|week|month)", text[found.end() :]):
            continue
        if _number(found) >= FEWEST and _LABELLED.search(around) and not re.search(r"more |prompt", found["kind"]):
            return Found(_number(found), found[0])
    span = re.search(rf"label\w* (?:between )?{_RANGE.pattern}|{_RANGE.pattern} \w+ (?:could|can) be labell", text)
    if span:
        return Found(float([part for part in span.groups() if part][-1].replace(",", "")), span[0])
    return None


def corpus(text: str) -> Found | None:
    """Tokens of text that are at hand, where it is a body of text and not a prompt."""
    for found in _TOKENS.finditer(text):
        value = _number(found)
        if value >= 20_000 and not re.search(r"prompt", text[found.start() : found.end() + 30], re.IGNORECASE):
            return Found(value, found[0])
    return None


def prompt(text: str) -> Found | None:
    """Tokens of the prompt that is sent with every call."""
    found = _PROMPT.search(text)
    if found is None:
        return None
    more = found["more"]
    return Found(float(more.replace(",", "")) if more else _number(found), found[0])


def _number(found: re.Match[str]) -> float:
    if found["words"]:
        return _WORDS[found["words"].lower()]
    text = found["digits"].lower().replace("-", " ")
    scale = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9}
    parts = re.fullmatch(rf"({_DIGITS})\s?([a-z]*)", text)
    assert parts is not None  # the pattern that found it has this form
    return float(re.sub(r"[, \u202f]", "", parts[1])) * scale.get(parts[2], 1.0)
