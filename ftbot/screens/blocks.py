"""Constructors of Block Kit: plain dicts, because slack_sdk's models silently drop the newest blocks.

Everything untrusted goes into rich_text, plain_text or raw_text, which Slack does not parse for mentions and links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from ftbot.screens.lint.limits import limit
from ftbot.screens.text import clip, fallback

Block = dict[str, Any]
Element = dict[str, Any]
USER_ID = re.compile(r"^[UW][A-Z0-9]{1,29}$")


def plain(text: str, most: int) -> Element:
    """A plain_text object; emoji codes in it stay as they are written."""
    return {"type": "plain_text", "text": clip(text, most) or "–", "emoji": False}


# -- rich text -------------------------------------------------------------------------------------------------------


def words(text: str, *, bold: bool = False, code: bool = False, most: int = 500) -> Element:
    """Words inside rich text."""
    element: Element = {"type": "text", "text": _spaced(text, most)}
    style = {name: True for name, on in (("bold", bold), ("code", code)) if on}
    return element | {"style": style} if style else element


def _spaced(text: str, most: int) -> str:
    """Cut and inert as `clip`, with the blanks at both ends that set words apart."""
    inner = clip(text, most)
    if not inner:
        return " "
    return f"{' ' if text[:1].isspace() else ''}{inner}{' ' if text[-1:].isspace() else ''}"


def person(user: str) -> Element:
    """A mention by id; the words of an id that is none are shown as text."""
    return {"type": "user", "user_id": user} if USER_ID.match(user) else words(user, most=40)


def moment(unix: float, form: str = "{date_short_pretty} {time}") -> Element:
    """A time in the reader's own zone; what clients without dates show is UTC."""
    return {"type": "date", "timestamp": int(unix), "format": form, "fallback": utc(unix)}


def utc(unix: float) -> str:
    """A time in UTC to the minute."""
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M UTC")


def line(*elements: Element) -> Element:
    """One paragraph of a rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def bullets(items: Iterable[Sequence[Element]], style: str = "bullet") -> Element:
    """A list inside rich text; each item is a line of elements."""
    return {"type": "rich_text_list", "style": style, "elements": [line(*item) for item in items]}


def preformatted(text: str, most: int = 2000) -> Element:
    """Text kept as it is, in a fixed width."""
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": _lines(text, most)}]}


def _lines(text: str, most: int) -> str:
    kept = [clip(one, 400) for one in text[:most].splitlines()]
    shown = "\n".join(kept).strip("\n") or " "  # longer than it was, where control characters are spelled out
    return shown if len(shown) <= most else shown[:most].rpartition("\n")[0] or clip(shown, most)


def rich(*parts: Element) -> Block:
    """A rich_text block of sections, lists and preformatted parts."""
    return {"type": "rich_text", "elements": list(parts)}


def paragraph(*elements: Element) -> Block:
    """A rich_text block of one paragraph."""
    return rich(line(*elements))


# -- blocks ----------------------------------------------------------------------------------------------------------


def header(text: str) -> Block:
    """A large line."""
    return {"type": "header", "text": plain(text, limit("header", "text"))}


def context(*texts: str) -> Block:
    """Small grey words."""
    kept = [text for text in texts if text.strip()] or ["–"]
    return {"type": "context", "elements": [plain(text, 600) for text in kept[: limit("context", "elements")]]}


def alert(level: str, text: str) -> Block:
    """A coloured bar; modals only. ``text`` is shown as plain text."""
    return {"type": "alert", "level": level, "text": plain(text, limit("alert", "text"))}


def actions(*elements: Element) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(
    action: str, text: str, value: str, *, primary: bool = False, confirm: Element | None = None, label: str = ""
) -> Element:
    """A button; ``value`` is an opaque id, never a thing to trust."""
    element: Element = {
        "type": "button",
        "action_id": action,
        "text": plain(text, limit("button", "text")),
        "value": value[:255].strip() or "-",
    }
    if primary:
        element["style"] = "primary"
    if confirm is not None:
        element["confirm"] = confirm
    if label:
        element["accessibility_label"] = clip(label, limit("button", "accessibility_label"))
    return element


def confirmation(title: str, text: str, yes: str, no: str = "Not now") -> Element:
    """What is asked again before a button does something; all of it plain text."""
    return {
        "title": plain(title, limit("confirm", "title")),
        "text": plain(text, limit("confirm", "text")),
        "confirm": plain(yes, limit("confirm", "confirm")),
        "deny": plain(no, limit("confirm", "deny")),
    }


def option(text: str, value: str, description: str = "") -> Element:
    """One choice; ``value`` is ours and short."""
    made: Element = {"text": plain(text, limit("option", "text")), "value": value}
    return made | {"description": plain(description, limit("option", "description"))} if description else made


def ask(name: str, label: str, element: Element, *, hint: str = "", optional: bool = False) -> Block:
    """An input of a form; ``name`` is what its answer is found under."""
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, limit("input", "label")),
        "element": element,
        "optional": optional,
    }
    return block | {"hint": plain(hint, 500)} if hint.strip() else block


# -- tables and charts -----------------------------------------------------------------------------------------------


def cell(text: str, most: int = 80) -> Element:
    """A cell of words."""
    return {"type": "raw_text", "text": clip(text, most) or "–"}


def at(unix: float) -> Element:
    """A cell with a time in the reader's own zone."""
    return rich(line(moment(unix)))


def figure(value: float, text: str) -> Element:
    """A cell that sorts by its number; words where there is none."""
    return {"type": "raw_number", "value": value, "text": text} if isfinite(value) else cell(text)


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[Element]], page: int = 10) -> Block:
    """A data_table with at least one row; its first column heads the rows."""
    return {
        "type": "data_table",
        "caption": clip(caption, 200),
        "page_size": page,
        "row_header_column_index": 0,
        "rows": [[cell(name) for name in head], *(list(row) for row in rows)],
    }


def chart(
    kind: str, title: str, categories: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], x: str, y: str
) -> Block:
    """A line or bar chart; every series holds one finite value for each category."""
    names = distinct(categories, limit("data_visualization", "category_label"))
    return {
        "type": "data_visualization",
        "title": clip(title, limit("data_visualization", "title")),
        "chart": {
            "type": kind,
            "series": [
                {
                    "name": name,
                    "data": [{"label": label, "value": value} for label, value in zip(names, values, strict=True)],
                }
                for name, values in zip(
                    distinct([name for name, _ in series], limit("data_visualization", "series_name")),
                    [values for _, values in series],
                    strict=True,
                )
            ],
            "axis_config": {"categories": names, "x_label": x, "y_label": y},
        },
    }


def distinct(names: Iterable[str], most: int) -> list[str]:
    """Names cut to ``most`` characters that still differ."""
    found: list[str] = []
    for name in names:
        short, number = clip(name, most) or "–", 2
        while short in found:
            tail = f" {number}"
            short, number = f"{clip(name, most - len(tail)) or '–'}{tail}", number + 1
        found.append(short)
    return found


# -- surfaces --------------------------------------------------------------------------------------------------------


def message(text: str, blocks: Sequence[Block]) -> dict[str, Any]:
    """A message; ``text`` is what notifications and screen readers get."""
    return {"text": fallback(text), "blocks": list(blocks), "unfurl_links": False, "unfurl_media": False}


def modal(
    callback: str, title: str, blocks: Sequence[Block], *, metadata: str = "", submit: str = "", close: str = "Close"
) -> dict[str, Any]:
    """A modal view."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": metadata,
        "title": plain(title, limit("view", "title")),
        "close": plain(close, limit("view", "close")),
        "blocks": list(blocks),
    }
    return view | {"submit": plain(submit, limit("view", "submit"))} if submit else view
