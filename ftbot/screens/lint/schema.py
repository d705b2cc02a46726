"""Blocks, messages and views as Slack accepts them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ftbot.screens.lint.charts import DATA_TABLE, DATA_VISUALIZATION, TABLE
from ftbot.screens.lint.composition import (
    BLOCK_ID,
    ELEMENTS,
    IMAGE,
    IMAGE_ELEMENT,
    RICH_TEXT,
    image_source,
    plain,
)
from ftbot.screens.lint.limits import blocks_of, limit
from ftbot.screens.lint.rules import (
    Report,
    Rule,
    anything,
    boolean,
    each,
    one_of,
    shape,
    string,
    text,
    typed,
    unique,
)

INPUTS = frozenset(ELEMENTS) - {"button", "overflow", "feedback_buttons", "icon_button"}
ACTIONS = frozenset(ELEMENTS) - {"plain_text_input", "number_input", "file_input", "feedback_buttons"}
ACCESSORIES = ACTIONS - {"icon_button"}


def _action_ids(report: Report, block: dict[str, Any], at: str) -> None:
    elements = [element for element in block.get("elements", ()) if isinstance(element, dict)]
    ids = [element["action_id"] for element in elements if "action_id" in element]
    unique(report, ids, at, "same_action_id", "action ids of a block")


def _section(report: Report, block: dict[str, Any], at: str) -> None:
    if "text" not in block and "fields" not in block:
        report.add(at, "missing_key", "needs text or fields")


def _task(report: Report, block: dict[str, Any], at: str) -> None:
    if block.get("status") == "pending":
        report.add(f"{at}/status", "standalone_pending", "a task outside a plan may not be pending")


def _plan(report: Report, block: dict[str, Any], at: str) -> None:
    ids = [task.get("task_id") for task in block.get("tasks", ()) if isinstance(task, dict)]
    unique(report, ids, f"{at}/tasks", "same_task_id", "task ids of a plan")


_TASK_FIELDS: dict[str, Rule] = {
    "block_id": BLOCK_ID,
    "task_id": string(255),
    "title": string(255, counted=True),
    "status": one_of("pending", "in_progress", "complete", "error"),
    "details": RICH_TEXT,
    "output": RICH_TEXT,
    "sources": anything,
}
_CARD: dict[str, Rule] = {
    "block_id": BLOCK_ID,
    "title": text(limit("card", "title")),
    "subtitle": text(limit("card", "subtitle")),
    "body": text(limit("card", "body")),
    "subtext": text(limit("card", "subtext")),
    "icon": anything,
    "hero_image": anything,
    "actions": each(typed(ELEMENTS, frozenset({"button"})), 1, limit("card", "actions")),
}
_CONTEXT_TEXT = text(limit("common", "text_object_max"))
_CONTEXT: dict[str, Rule] = {"image": IMAGE_ELEMENT, "plain_text": _CONTEXT_TEXT, "mrkdwn": _CONTEXT_TEXT}

BLOCKS: dict[str, Rule] = {
    "section": shape(
        {
            "block_id": BLOCK_ID,
            "text": text(limit("section", "text")),
            "fields": each(text(limit("section", "field_text")), 1, limit("section", "fields")),
            "accessory": typed(ELEMENTS | {"image": IMAGE_ELEMENT}, ACCESSORIES | {"image"}),
            "expand": boolean,
        },
        (),
        _section,
    ),
    "header": shape({"block_id": BLOCK_ID, "text": plain(limit("header", "text"))}, ("text",)),
    "divider": shape({"block_id": BLOCK_ID}),
    "context": shape(
        {"block_id": BLOCK_ID, "elements": each(typed(_CONTEXT), 1, limit("context", "elements"))}, ("elements",)
    ),
    "actions": shape(
        {"block_id": BLOCK_ID, "elements": each(typed(ELEMENTS, ACTIONS), 1, limit("actions", "elements"))},
        ("elements",),
        _action_ids,
    ),
    "context_actions": shape(
        {
            "block_id": BLOCK_ID,
            "elements": each(
                typed(ELEMENTS, frozenset({"feedback_buttons", "icon_button"})), 1, limit("context_actions", "elements")
            ),
        },
        ("elements",),
        _action_ids,
    ),
    "input": shape(
        {
            "block_id": BLOCK_ID,
            "label": plain(limit("input", "label")),
            "hint": plain(limit("input", "hint")),
            "element": typed(ELEMENTS, INPUTS),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        ("label", "element"),
    ),
    "image": shape(
        IMAGE | {"block_id": BLOCK_ID, "title": plain(limit("image", "title"))}, ("alt_text",), image_source
    ),
    "markdown": shape({"block_id": BLOCK_ID, "text": string(limit("markdown", "text"), counted=True)}, ("text",)),
    "rich_text": RICH_TEXT,
    "alert": shape(
        {
            "block_id": BLOCK_ID,
            "level": one_of("default", "info", "success", "warning", "error"),
            "text": text(limit("alert", "text")),
        },
        ("text",),
    ),
    "card": shape(_CARD),
    "carousel": shape(
        {"block_id": BLOCK_ID, "elements": each(shape(_CARD), 1, limit("carousel", "elements"))}, ("elements",)
    ),
    "plan": shape(
        {
            "block_id": BLOCK_ID,
            "title": string(255, counted=True),
            "tasks": each(shape(_TASK_FIELDS, ("task_id", "title")), 1, limit("plan", "tasks")),
        },
        ("title",),
        _plan,
    ),
    "task_card": shape(_TASK_FIELDS, ("task_id", "title"), _task),
    "table": TABLE,
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "file": shape({"block_id": BLOCK_ID, "external_id": string(255), "source": string(30)}, ("external_id", "source")),
    "video": shape(
        {
            "block_id": BLOCK_ID,
            "title": plain(200),
            "alt_text": string(2000),
            "thumbnail_url": string(3000),
            "video_url": string(3000),
        },
        ("title", "alt_text", "thumbnail_url", "video_url"),
    ),
}
BLOCKS["container"] = shape(
    {
        "block_id": BLOCK_ID,
        "title": text(limit("container", "title")),
        "subtitle": text(limit("container", "subtitle")),
        "child_blocks": each(typed(dict(BLOCKS)), 1, limit("container", "child_blocks")),
    },
    ("child_blocks",),
)

_BY_SURFACE: dict[str, Rule] = {surface: typed(BLOCKS, blocks_of(surface)) for surface in ("message", "modal", "home")}
_MESSAGE_BLOCKS = each(_BY_SURFACE["message"], 0, limit("message", "blocks"))

MESSAGE = shape(
    {
        "text": string(limit("message", "text_hard_truncate"), 0),
        "blocks": _MESSAGE_BLOCKS,
        "thread_ts": string(30),
        "reply_broadcast": boolean,
        "unfurl_links": boolean,
        "unfurl_media": boolean,
        "metadata": anything,
        "response_type": one_of("ephemeral", "in_channel"),
        "replace_original": boolean,
        "delete_original": boolean,
        "mrkdwn": boolean,
    }
)
_VIEW_FIELDS: dict[str, Rule] = {
    "callback_id": string(limit("view", "callback_id")),
    "external_id": string(limit("view", "external_id")),
    "private_metadata": string(limit("view", "private_metadata"), 0),
    "notify_on_close": boolean,
    "clear_on_close": boolean,
}
MODAL = shape(
    _VIEW_FIELDS
    | {
        "title": plain(limit("view", "title")),
        "submit": plain(limit("view", "submit")),
        "close": plain(limit("view", "close")),
        "submit_disabled": boolean,
        "blocks": each(_BY_SURFACE["modal"], 0, limit("view", "blocks")),
    },
    ("title", "blocks"),
)
HOME = shape(_VIEW_FIELDS | {"blocks": each(_BY_SURFACE["home"], 0, limit("view", "blocks"))}, ("blocks",))


def _message_wide(report: Report, message: dict[str, Any]) -> None:
    blocks = [block for block in message.get("blocks") or () if isinstance(block, dict)]
    if not blocks and not str(message.get("text") or "").strip():
        report.add("", "no_text", "has neither text nor blocks")
    for kind, most in (("data_visualization", limit("message", "data_visualization_per_message")), ("table", 1)):
        if sum(block.get("type") == kind for block in blocks) > most:
            report.add("/blocks", "too_many", f"has more than {most} {kind}")
    markdown = sum(len(str(block.get("text", ""))) for block in blocks if block.get("type") == "markdown")
    if markdown > limit("message", "markdown_blocks_total"):
        report.add("/blocks", "msg_blocks_too_long", "has too much markdown in all")
    if report.characters >= limit("message", "all_block_text_total_fail_seen_at"):
        report.add("/blocks", "msg_blocks_too_long", f"has {report.characters} characters of text in its blocks")


def _modal_wide(report: Report, view: dict[str, Any]) -> None:
    blocks = [block for block in view.get("blocks") or () if isinstance(block, dict)]
    if "submit" not in view and any(block.get("type") == "input" for block in blocks):
        report.add("/submit", "submit_needed", "a view with an input needs a submit button")
    _view_wide(report, view)


def _view_wide(report: Report, view: dict[str, Any]) -> None:
    if report.focused > 1:
        report.add("/blocks", "focus", "only one element may have the focus")
    if len(json.dumps(view, separators=(",", ":")).encode()) > limit("view", "json_bytes"):
        report.add("", "view_too_large", "is too large")


SURFACES: dict[str, tuple[Rule, Callable[[Report, dict[str, Any]], None]]] = {
    "message": (MESSAGE, _message_wide),
    "modal": (MODAL, _modal_wide),
    "home": (HOME, _view_wide),
}


def inspect(payload: dict[str, Any], surface: str) -> Report:
    """Everything that Slack would refuse in a message, modal or home view."""
    report = Report()
    rule, wide = SURFACES[surface]
    rule(report, payload, "")
    blocks = [block for block in payload.get("blocks") or () if isinstance(block, dict)]
    unique(report, [b["block_id"] for b in blocks if "block_id" in b], "/blocks", "same_block_id", "block ids")
    if surface != "message" and payload.get("type") != surface:
        report.add("/type", "unknown_value", f"must be {surface!r}")
    wide(report, payload)
    return report
