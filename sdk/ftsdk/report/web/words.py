"""Where an answer's words differ from the expected ones, as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from re import findall

from ftsdk.report.web.markup import text

MOST_WORDS = 400


def marked(answer: str, expected: str) -> str:
    """The answer with the words marked that the expected text does not have there; long or wholly other texts as is."""
    given, wanted = findall(r"\s+|\S+", answer), findall(r"\s+|\S+", expected)
    if max(len(given), len(wanted)) > 2 * MOST_WORDS:
        return text(answer)
    found = SequenceMatcher(None, wanted, given, autojunk=False)
    if found.ratio() < 0.3:
        return text(answer)
    return "".join(_spans(found, given))


def _spans(found: SequenceMatcher[str], given: list[str]) -> Iterator[str]:
    for kind, _from, _to, start, end in found.get_opcodes():
        said = text("".join(given[start:end]))
        if said:
            yield said if kind == "equal" or not said.strip() else f"<mark>{said}</mark>"
