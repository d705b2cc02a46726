"""Numbers with what they count, as people write them in sentences: examples, calls, tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

from ftsdk.advise.units import calls_per_month

_WORDS = {
    "hundreds of millions of": 3e8, "tens of millions of": 3e7, "hundreds of thousands of": 3e5,
    "several hundred thousand": 3e5, "tens of thousands of": 3e4, "millions of": 3e6, "billions of": 3e9,
    "thousands of": 3e3, "hundreds of": 300, "a few hundred": 300, "few hundred": 300, "some hundred": 300,
    "several hundred": 300, "several thousand": 3e3, "a couple of hundred": 200, "a couple hundred": 200,
    "a couple of thousand": 2e3, "couple of thousand": 2e3, "few thousand": 3e3, "a few thousand": 3e3,
    "a few million": 3e6, "several million": 3e6, "half a million": 5e5, "a thousand": 1e3, "one thousand": 1e3,
    "thousand": 1e3, "a million": 1e6, "one million": 1e6, "two million": 2e6, "a hundred": 100, "one hundred": 100,
    "two hundred": 200, "three hundred": 300, "five hundred": 500, "a dozen": 12, "dozens of": 36, "a handful of": 5,
    "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SPELLED = "|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True)))
_DIGITS = r"(?<![\d.,])(?:\d{1,3}(?:[,\u202f ]\d{3}){1,4}|\d{1,15}(?:\.\d{1,6})?)(?!\d)"
# Lakh and crore are India's hundred thousand and ten million.
_SCALES = {"k": 1e3, "thousand": 1e3, "tsd": 1e3, "m": 1e6, "mio": 1e6, "mn": 1e6, "mm": 1e6, "million": 1e6,
           "millions": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "lakh": 1e5, "lakhs": 1e5, "crore": 1e7}  # fmt: skip
_SCALE = rf"(?:[\s-]?(?:{'|'.join(sorted(_SCALES, key=len, reverse=True))})\b)?"
_QUANTITY = rf"(?P<digits>(?:{_DIGITS}){_SCALE})\+?|\b(?P<words>{_SPELLED})\b"
_RANGE = re.compile(rf"({_DIGITS})\s?(?:-|–|to|and)\s?({_DIGITS})", re.IGNORECASE)

_TIME = (
    r"(?P<time>(?:an?|per|each|every|in a|the|last|this)\s(?:working |business |single )?"
    r"(?:day|week|month|quarter|year|hour|minute|second|night|annum)|"
    r"daily|nightly|weekly|monthly|hourly|yearly|/\s?(?:day|month|mo|week|hour|year|d|s|sec)\b)"
)
_CALLS = re.compile(rf"(?:{_QUANTITY})(?P<what>\D{{0,45}}?)\b{_TIME}", re.IGNORECASE)
_TOKENS_PER_TIME = re.compile(rf"(?:{_QUANTITY})[\s-]tokens?\s?{_TIME}", re.IGNORECASE)
_CALLS_IN_ALL = re.compile(rf"(?:{_QUANTITY})\s?calls (?:in (?:all|total)|overall|are expected)", re.IGNORECASE)
_CALLS_BARE = re.compile(
    r"(?P<words>(?:hundreds of |tens of )?millions of) (?:\w+ )?(?:e-?mails|mails|calls|questions|conversations|"
    r"requests|customer questions|documents|users)|millions of them",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(
    rf"(?:about |some |around |roughly )?(?:{_QUANTITY})\s?(?P<kind>(?:[\w/-]+ ){{0,4}}?)(?:\([^)]*\) )?"
    r"(?:pairs|examples|notes|reports|e-?mails|mails|labels|triples|texts|samples|records|sentences|answers|comments|"
    r"messages|conversations|dialogues|chats|traces|photos|images|pictures|scans|tickets|questions|queries|cases|"
    r"transcripts|calls|preferences|invoices|ones|translations|letters|decisions|scores|rows|documents|visits|claims|"
    r"summaries|reviews|corrections|votes|ratings|judgements|judgments|snippets|issues|listings|articles)\b",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"pair|exampl|annotat|label|verified|fix|correct|trusted|triple|synthetic|review|checked|audit|gold|agreed|prefer|"
    r"scored|solved|rated|logged|graded|curated|approved|tagged|hand-?written|aligned|worked|signed|known|"
    r"ground truth|may be used|finished",
    re.IGNORECASE,
)
# "into 40 labels", "one of 12 answers": what there is to choose from, not what there is to learn from.
_CHOICES = re.compile(
    r"\b(?:into|among|across|between|one of|out of|sort by)(?: (?:the|our|about|some|these))?$", re.IGNORECASE
)
_TOKENS = re.compile(rf"(?:{_QUANTITY})[\s-]?(?P<kind>(?:\w+ ){{0,2}}?)tokens?\b", re.IGNORECASE)
_FRONT = r"(?:\w+ )?(?:prompt|preamble|prefix|instructions|context|system message|header)"
_PROMPT = re.compile(
    rf"(?:{_QUANTITY})[\s-]tokens?(?: of)? {_FRONT}|{_FRONT} (?:of|has|is|runs to) (?:about |some |around )?"
    rf"(?P<more>{_DIGITS}{_SCALE}) tokens",
    re.IGNORECASE,
)
_PER_TIME = re.compile(rf"^(?: \w+){{0,3}}?\s?{_TIME}", re.IGNORECASE)
_PAPERS = re.compile(
    rf"(?:{_QUANTITY})[\s-](?P<kind>(?:\w+ ){{0,2}}?)"
    r"(?P<unit>pages|documents|reports|articles|pdfs|files|manuals|papers)\b",
    re.IGNORECASE,
)
# Tokens of one of them; a judgement, good enough for the three bands that count.
_TOKENS_OF = {"pages": 667, "documents": 3000, "reports": 5000, "articles": 1000, "pdfs": 8000, "files": 1500,
              "manuals": 50_000, "papers": 10_000}  # fmt: skip
# Tokens of a typical call, where only the month's tokens are told.
_TOKENS_A_CALL = 1500
_NO_CALLS = re.compile(
    r"dollar|euro|pound|\$|€|£|token|people|employees|pages|chang|updat|amend|once|twice|\btimes\b|new\b|added|engineers?|"
    r"examples|labels|%|percent|hours?\b|minutes?\b|cost|fee|bill|save",
    re.IGNORECASE,
)

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
        if re.search(r"[$€£₹]", before) or _NO_CALLS.search(found["what"]):
            continue
        time = found["time"].lower().replace("night", "day")
        return Found(calls_per_month(f"{_number(found):f} {time}"), found[0])
    spent = _TOKENS_PER_TIME.search(text)
    if spent:
        a_month = calls_per_month(f"{_number(spent):f} {spent['time'].lower()}")
        return Found(a_month / _TOKENS_A_CALL, spent[0])
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
        if _PER_TIME.match(text[found.end() : found.end() + 40]) or re.search(
            r"[$€£₹]$", text[: found.start()].rstrip()
        ):
            continue
        if _CHOICES.search(text[: found.start()].rstrip()):
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
        before, after = text[max(0, found.start() - 20) : found.start()], text[found.end() : found.end() + 30]
        if (
            value >= 20_000
            and not re.search(_FRONT, before + found[0] + after, re.IGNORECASE)
            and not _PER_TIME.match(after)
        ):
            return Found(value, found[0])
    for found in _PAPERS.finditer(text):
        value, around = _number(found), text[max(0, found.start() - 30) : found.end() + 30]
        if found["unit"].lower() != "pages" and (value < 200 or _LABELLED.search(around)):
            continue
        if not _PER_TIME.match(text[found.end() : found.end() + 40]):
            return Found(value * _TOKENS_OF[found["unit"].lower()], found[0])
    return None


def prompt(text: str) -> Found | None:
    """Tokens of the prompt that is sent with every call."""
    found = _PROMPT.search(text)
    if found is None:
        return None
    more = found["more"]
    return Found(_scaled(more) if more else _number(found), found[0])


def _number(found: re.Match[str]) -> float:
    if found["words"]:
        return _WORDS[found["words"].lower()]
    return _scaled(found["digits"])


def _scaled(digits: str) -> float:
    """``1.2k``, ``12 000`` or ``3-million`` as a number."""
    parts = re.fullmatch(rf"({_DIGITS})[\s-]?([a-z]*)", digits.lower())
    assert parts is not None  # the pattern that found it has this form
    if not parts[2] and re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+", parts[1]):  # 10.000 of something is ten thousand
        return float(parts[1].replace(".", ""))
    return float(re.sub(r"[, \u202f]", "", parts[1])) * _SCALES.get(parts[2], 1.0)
