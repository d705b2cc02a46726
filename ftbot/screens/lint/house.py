"""Our own, stricter rules: a meaningful fallback, no live mention or link from other people's text, no secret."""

from __future__ import annotations

import re
from typing import Any

from ftbot.screens.lint.limits import limit
from ftbot.screens.lint.rules import Report

# What Slack acts on in mrkdwn. A date is harmless; people and links are allowed only where the screen vouches for them.
TOKEN = re.compile(r"<([^<>\n]*)>")
BARE_LINK = re.compile(r"\b(?:https?://|www\.)\S", re.IGNORECASE)
BROADCAST = re.compile(r"^!(?:channel|here|everyone|subteam)")
DATE = re.compile(r"^!date\^\d+\^[^<>|]*\|[^<>|]*$")
PERSON = re.compile(r"^@([UW][A-Z0-9]+)$")
SECRET = re.compile(r"xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|sk-[\w-]{16,}|Bearer [\w.-]{16,}")
VALUE_MOST = 255
CHANGING = re.compile(r"^ft:(?:approve|promote|cancel|delete)\b")


def check_house(report: Report, payload: dict[str, Any], surface: str, *, people: frozenset[str]) -> None:
    """Add what breaks our own rules; ``people`` are the user ids that the screen may mention."""
    if surface == "message":
        _message(report, payload)
        _live(report, str(payload.get("text", "")), "/text", people)
    for at, node in report.nodes:
        for check in NODE_CHECKS:
            check(report, node, at, people)


def _message(report: Report, message: dict[str, Any]) -> None:
    fallback = message.get("text")
    if not isinstance(fallback, str) or not fallback.strip():
        report.add("/text", "fallback", "a message needs text for notifications and screen readers")
    elif len(fallback) > limit("message", "fallback_text_house_max"):
        report.add("/text", "fallback", f"has {len(fallback)} characters")
    if message.get("response_type") is None and (message.get("unfurl_links"), message.get("unfurl_media")) != (
        False,
        False,
    ):
        report.add("", "unfurl", "unfurl_links and unfurl_media must be off")
    if report.characters > limit("message", "all_block_text_total_budget"):
        report.add("/blocks", "budget", f"has {report.characters} characters of text in its blocks")


def _text(report: Report, node: dict[str, Any], at: str, people: frozenset[str]) -> None:
    if node.get("type") == "mrkdwn":
        if node.get("verbatim") is not True:
            report.add(at, "verbatim", "mrkdwn must be verbatim, so that Slack links nothing by itself")
        _live(report, str(node.get("text", "")), f"{at}/text", people)
    if node.get("type") == "markdown":
        report.add(at, "markdown", "markdown parses mentions; use rich_text")


def _live(report: Report, text: str, at: str, people: frozenset[str]) -> None:
    """Tokens of mrkdwn that would notify, link or format by somebody else's will."""
    bare = text
    for found in TOKEN.finditer(text):
        inside = found.group(1)
        bare = bare.replace(found.group(0), "")
        person = PERSON.match(inside)
        if not DATE.match(inside) and not (person and person.group(1) in people):
            what = "a broadcast" if BROADCAST.match(inside) else "a live token"
            report.add(at, "live_token", f"holds {what}: {inside[:40]!r}")
    if "<" in bare or ">" in bare:
        report.add(at, "unescaped", "holds an unescaped < or >")
    if BARE_LINK.search(bare):
        report.add(at, "live_link", "holds a bare link")


def _rich(report: Report, node: dict[str, Any], at: str, people: frozenset[str]) -> None:
    kind = node.get("type")
    if kind == "user" and node.get("user_id") not in people:
        report.add(at, "live_token", "mentions somebody whom the screen does not vouch for")
    if kind in ("broadcast", "usergroup", "link"):
        report.add(at, "live_token", f"holds a {kind}")


def _action(report: Report, node: dict[str, Any], at: str, people: frozenset[str]) -> None:
    action = node.get("action_id")
    if action is not None and not str(action).startswith("ft:"):
        report.add(f"{at}/action_id", "action_prefix", "must start with ft:")
    if node.get("type") != "button":
        return
    if len(str(node.get("value", ""))) > VALUE_MOST:
        report.add(f"{at}/value", "long_value", "must be an opaque id")
    dangerous = node.get("style") == "danger" or CHANGING.match(str(action))
    if dangerous and "confirm" not in node and not str(action).endswith(":modal"):
        report.add(at, "confirm", "a button that changes something needs a confirmation, or opens a modal")
    if "url" in node:
        report.add(f"{at}/url", "live_link", "a button may not carry a link")


def _actions(report: Report, node: dict[str, Any], at: str, people: frozenset[str]) -> None:
    if node.get("type") == "actions" and sum(e.get("style") == "primary" for e in node.get("elements", ())) > 1:
        report.add(at, "two_primary", "only one button may be primary")


def _input(report: Report, node: dict[str, Any], at: str, people: frozenset[str]) -> None:
    if node.get("type") == "input" and "block_id" not in node:
        report.add(at, "block_id", "an input needs a block_id")
    if node.get("type") == "plain_text_input" and "max_length" not in node:
        report.add(at, "max_length", "a text input needs max_length")


def _secret(report: Report, node: dict[str, Any], at: str, people: frozenset[str]) -> None:
    if SECRET.search(str(node.get("text", ""))):
        report.add(at, "secret", "holds what looks like a secret")


NODE_CHECKS = (_text, _rich, _action, _actions, _input, _secret)
