"""A description without what is addressed to its reader: instructions in it are no facts."""

from __future__ import annotations

import re

_INSTRUCTION = re.compile(
    r"\b(ignore|disregard|forget|override|bypass)\b[^.!?]{0,60}\b(rules?|instructions?|prompts?|previous|above|"
    r"guidelines?|"
    r"checks?)\b|\b(you|the (model|assistant|advisor|bot)) (must|should|have to|shall|will) (always )?(recommend|"
    r"answer|say|"
    r"choose|pick|rank|output|set)|\b(recommend|answer with|output|reply|respond|choose|pick|rank|set)\b[^.!?]{0,30}"
    r"\b(fine-?tun\w+|sft|distil\w*|rft|dpo|cpt|training|option|first|eval_set|goal)\b|\bsystem ?prompt ?:|\bas an "
    r"ai\b|"
    r"<\|?\w+\|?>|\bnew instructions?\b",
    re.IGNORECASE,
)
# What somebody wishes, or praises, tells nothing of the case.
_WISH = re.compile(
    r"\b(boss|ceo|cto|management|board|investors?|partners?|vendor|salesperson|consultant|everybody|"
    r"everyone)\b[^.!?]{0,40}"
    r"\b(wants?|insists?|demands?|asks?|says?|told|promises?|claims?|swears?|recommends?|thinks?|keep asking)\b|"
    r"\b(revolutionary|game-?chang\w+|state-of-the-art|world-?class|guaranteed?|10x|best-in-class)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(<])|\n+")


def without_instructions(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without sentences that instruct the reader, wish or praise; and those sentences."""
    kept: list[str] = []
    dropped: list[str] = []
    for sentence in _SENTENCE.split(text):
        (dropped if _INSTRUCTION.search(sentence) or _WISH.search(sentence) else kept).append(sentence)
    return " ".join(kept), tuple(sentence.strip() for sentence in dropped if sentence.strip())
