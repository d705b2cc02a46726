"""Options, confirmations, buttons, inputs and rich text: what blocks are made of, as Slack accepts them."""

from __future__ import annotations

from typing import Any

from ftbot.screens.lint.limits import limit
from ftbot.screens.lint.rules import (
    Report,
    Rule,
    anything,
    boolean,
    each,
    number,
    one_of,
    shape,
    string,
    text,
    typed,
    unique,
    whole,
)


def plain(most: int) -> Rule:
    """A plain_text object."""
    return text(most, "plain_text")


ACTION_ID = string(limit("common", "action_id"))
BLOCK_ID = string(limit("common", "block_id"))
URL = string(limit("button", "url"))
PLACEHOLDER = plain(limit("select", "placeholder"))

CONFIRM = shape(
    {
        "title": plain(limit("confirm", "title")),
        "text": text(limit("confirm", "text")),
        "confirm": plain(limit("confirm", "confirm")),
        "deny": plain(limit("confirm", "deny")),
        "style": one_of("primary", "danger"),
    },
    ("title", "text", "confirm", "deny"),
)

OPTION = shape(
    {
        "text": text(limit("option", "text")),
        "value": string(limit("option", "value")),
        "description": text(limit("option", "description")),
        "url": string(limit("option", "url")),
    },
    ("text", "value"),
)


def _group_options(report: Report, group: dict[str, Any], at: str) -> None:
    values = [option.get("value") for option in group.get("options", ()) if isinstance(option, dict)]
    unique(report, values, at, "same_option", "option values")


OPTION_GROUP = shape(
    {"label": plain(limit("option_group", "label")), "options": each(OPTION, 1, limit("option_group", "options"))},
    ("label", "options"),
    _group_options,
)


def _choices(report: Report, element: dict[str, Any], at: str) -> None:
    """Values are unique, and what is chosen at first is one of the options."""
    options = [option for option in element.get("options", ()) if isinstance(option, dict)]
    values = [option.get("value") for option in options]
    unique(report, values, f"{at}/options", "same_option", "option values")
    chosen = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", ())
    grouped = [o for group in element.get("option_groups", ()) for o in group.get("options", ())]
    for option in chosen:
        if option not in options and option not in grouped:
            report.add(at, "initial_option", "the initial option is none of the options")


def _focus(report: Report, element: dict[str, Any], _at: str) -> None:
    report.focused += element.get("focus_on_load") is True


def _lengths(report: Report, element: dict[str, Any], at: str) -> None:
    _focus(report, element, at)
    least, most = element.get("min_length", 0), element.get("max_length", limit("plain_text_input", "max_length"))
    if isinstance(least, int) and isinstance(most, int):
        if least > most:
            report.add(at, "lengths", "min_length is above max_length")
        if len(str(element.get("initial_value", ""))) > most:
            report.add(f"{at}/initial_value", "too_long", f"is longer than max_length ({most})")


COMMON: dict[str, Rule] = {"action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
SELECT: dict[str, Rule] = COMMON | {"placeholder": PLACEHOLDER}
MULTI: dict[str, Rule] = SELECT | {"max_selected_items": whole(1, 1000)}
STATIC: dict[str, Rule] = {
    "options": each(OPTION, 1, limit("select", "options")),
    "option_groups": each(OPTION_GROUP, 1, limit("select", "option_groups")),
}
CONVERSATIONS: dict[str, Rule] = {
    "initial_conversation": anything,
    "default_to_current_conversation": boolean,
    "response_url_enabled": boolean,
    "filter": anything,
}

ELEMENTS: dict[str, Rule] = {
    "button": shape(
        {
            "text": plain(limit("button", "text")),
            "action_id": ACTION_ID,
            "url": URL,
            "value": string(limit("button", "value")),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(limit("button", "accessibility_label")),
            "visible_to_user_ids": each(string(255), 1, limit("button", "visible_to_user_ids")),
            "agent_prompt": string(limit("button", "agent_prompt")),
            "agent_prompt_display": anything,
        },
        ("text",),
    ),
    "overflow": shape(
        {"action_id": ACTION_ID, "confirm": CONFIRM, "options": each(OPTION, 1, limit("overflow", "options"))},
        ("options",),
        _choices,
    ),
    "static_select": shape(SELECT | STATIC | {"initial_option": OPTION}, (), _choices),
    "multi_static_select": shape(MULTI | STATIC | {"initial_options": each(OPTION, 1, 100)}, (), _choices),
    "external_select": shape(SELECT | {"initial_option": OPTION, "min_query_length": whole(0, 100)}),
    "users_select": shape(SELECT | {"initial_user": string(255)}),
    "conversations_select": shape(SELECT | CONVERSATIONS),
    "channels_select": shape(SELECT | {"initial_channel": string(255), "response_url_enabled": boolean}),
    "checkboxes": shape(
        COMMON | {"options": each(OPTION, 1, limit("checkboxes", "options")), "initial_options": each(OPTION, 1, 10)},
        ("options",),
        _choices,
    ),
    "radio_buttons": shape(
        COMMON | {"options": each(OPTION, 1, limit("radio_buttons", "options")), "initial_option": OPTION},
        ("options",),
        _choices,
    ),
    "plain_text_input": shape(
        {
            "action_id": ACTION_ID,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": whole(0, limit("plain_text_input", "min_length")),
            "max_length": whole(1, limit("plain_text_input", "max_length")),
            "dispatch_action_config": anything,
            "focus_on_load": boolean,
            "placeholder": plain(limit("plain_text_input", "placeholder")),
        },
        (),
        _lengths,
    ),
    "number_input": shape(
        {
            "action_id": ACTION_ID,
            "is_decimal_allowed": boolean,
            "initial_value": string(100),
            "min_value": string(100),
            "max_value": string(100),
            "dispatch_action_config": anything,
            "focus_on_load": boolean,
            "placeholder": plain(limit("plain_text_input", "placeholder")),
        },
        ("is_decimal_allowed",),
        _focus,
    ),
    "file_input": shape(
        {
            "action_id": ACTION_ID,
            "filetypes": each(string(20), 1, 100),
            "max_files": whole(1, limit("file_input", "max_files")),
        }
    ),
    "datepicker": shape(COMMON | {"placeholder": PLACEHOLDER, "initial_date": string(10)}),
    "feedback_buttons": shape({"action_id": ACTION_ID, "positive_button": anything, "negative_button": anything}),
    "icon_button": shape({"action_id": ACTION_ID, "icon": string(50), "text": plain(75), "value": string(2000)}),
}


def image_source(report: Report, image: dict[str, Any], at: str) -> None:
    """An image comes from a URL or from a Slack file, not from both."""
    if ("image_url" in image) == ("slack_file" in image):
        report.add(at, "image_source", "needs image_url or slack_file, and not both")


IMAGE: dict[str, Rule] = {
    "image_url": string(limit("image", "image_url")),
    "slack_file": anything,
    "alt_text": string(limit("image", "alt_text")),
}
IMAGE_ELEMENT = shape(IMAGE, ("alt_text",), image_source)

STYLE = shape(dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean))
RICH: dict[str, Rule] = {
    "text": shape({"text": string(100_000, 0, counted=True), "style": STYLE}, ("text",)),
    "link": shape({"url": URL, "text": string(3000, counted=True), "style": STYLE, "unsafe": boolean}, ("url",)),
    "user": shape({"user_id": string(30), "style": STYLE}, ("user_id",)),
    "channel": shape({"channel_id": string(30), "style": STYLE}, ("channel_id",)),
    "usergroup": shape({"usergroup_id": string(30), "style": STYLE}, ("usergroup_id",)),
    "broadcast": shape({"range": one_of("here", "channel", "everyone")}, ("range",)),
    "emoji": shape({"name": string(100), "unicode": string(100), "skin_tone": whole(1, 6), "style": STYLE}, ("name",)),
    "date": shape(
        {
            "timestamp": number,
            "format": string(200),
            "url": URL,
            "fallback": string(300, counted=True),
            "style": STYLE,
        },
        ("timestamp", "format"),
    ),
    "color": shape({"value": string(20)}, ("value",)),
}
_SECTION = shape({"elements": each(typed(RICH), 0, 1000)}, ("elements",))
RICH_PARTS: dict[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_preformatted": shape(
        {"elements": each(typed(RICH), 0, 1000), "border": whole(0, 1), "language": string(50)}, ("elements",)
    ),
    "rich_text_quote": shape({"elements": each(typed(RICH), 0, 1000), "border": whole(0, 1)}, ("elements",)),
    "rich_text_list": shape(
        {
            "elements": each(typed({"rich_text_section": _SECTION}), 1, 1000),
            "style": one_of("bullet", "ordered"),
            "indent": whole(0, limit("rich_text_list", "indent")),
            "offset": whole(0, 10_000),
            "border": whole(0, 1),
        },
        ("elements", "style"),
    ),
}
RICH_TEXT = shape({"block_id": BLOCK_ID, "elements": each(typed(RICH_PARTS), 1, 1000)}, ("elements",))
