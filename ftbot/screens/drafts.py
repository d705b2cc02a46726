"""A draft spec or plan in words: its files, where they were proposed, and their text where none may be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ftbot.screens.blocks import Block, line, message, paragraph, preformatted, rich, words
from ftbot.screens.text import fallback

SHOWN, EACH = 4, 1500


def files_said(title: str, names: Sequence[str]) -> str:
    """The words beside uploaded files."""
    check = " `ft validate` checks it." if any(name.endswith(".yaml") for name in names) else ""
    return fallback(f"A draft for: {title}. Your own rows and prompts take the place of the examples.{check}")


def written_out(title: str, files: Mapping[str, str]) -> dict[str, Any]:
    """The files as text, where the bot may not upload any."""
    blocks: list[Block] = []
    for name, text in list(files.items())[:SHOWN]:
        blocks.append(rich(line(words(name, bold=True, most=100)), preformatted(text, EACH)))
    left = list(files)[SHOWN:]
    tail = (
        [paragraph(words(f"and {', '.join(left)}; `ft advise --draft-spec` writes them all", most=300))] if left else []
    )
    return message(f"A draft for: {title}", [*blocks, *tail])


def proposed(repository: str, number: str) -> dict[str, Any]:
    """Where the draft was proposed."""
    said = f"The draft is pull request {number} of {repository}."
    return message(said, [paragraph(words(said, most=300))])
