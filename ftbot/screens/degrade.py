"""The ladder down which a message is simplified when Slack refuses it: charts, then tables, then all blocks."""

from __future__ import annotations

from typing import Any

from ftbot.screens.blocks import Block, preformatted, rich

Message = dict[str, Any]
RUNGS = 4
CHARTS = frozenset({"data_visualization"})
TABLES = frozenset({"data_table", "table", "plan", "card", "carousel", "container"})


def simplified(message: Message, rung: int) -> Message:
    """The message on a rung: 0 as it is, 1 without charts, 2 with tables as text, 3 and beyond as text alone."""
    if rung <= 0:
        return message
    if rung >= RUNGS - 1:
        return {key: value for key, value in message.items() if key != "blocks"}
    blocks = [block for block in message.get("blocks", ()) if block["type"] not in CHARTS]
    if rung == 1:
        return message | {"blocks": blocks}
    return message | {"blocks": [_as_text(block) if block["type"] in TABLES else block for block in blocks]}


def _as_text(block: Block) -> Block:
    if block["type"] == "plan":
        lines = [f"{task['status'].replace('_', ' '):<12} {task['title']}" for task in block.get("tasks", ())]
    else:
        lines = _columns([[_words(cell) for cell in row] for row in block.get("rows", ())])
    return rich(preformatted("\n".join(lines) or str(block.get("title", block["type"]))))


def _words(cell: Block) -> str:
    """What a cell says; a time in UTC, because text has no zone of its reader."""
    if cell.get("type") != "rich_text":
        return str(cell.get("text", ""))
    parts = [part for line in cell["elements"] for part in line["elements"]]
    return "".join(str(part.get("text") or part.get("fallback", "")) for part in parts)


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [min(24, max(len(cell) for cell in column)) for column in zip(*rows, strict=False)]
    return [
        "  ".join(cell[:24].ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows
    ]
