"""The Web API methods that the stand-in answers: each with the scope it needs, refusing what Slack refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ftbot.screens.lint import refusals
from ftbot.standin.state import APP, BOT_ID, BOT_USER, TEAM, Channel, File, Message, Refused, State, View

Args = dict[str, Any]
Method = Callable[[State, Args], Args]

MESSAGE_KEYS = ("text", "blocks", "thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media", "metadata", "mrkdwn")
STACK = 3


def parsed(value: Any) -> Any:
    """An argument that a form sends as JSON text and a JSON body as it is."""
    return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value


def check_message(body: Args) -> None:
    """Raise Refused when Slack would not take this message."""
    findings = refusals(body, "message")
    codes = {finding.code for finding in findings}
    if "no_text" in codes:
        raise Refused("no_text")
    if "msg_blocks_too_long" in codes:
        raise Refused("msg_blocks_too_long", *map(str, findings))
    if any(finding.pointer == "/text" for finding in findings):
        raise Refused("msg_too_long")
    if findings:
        raise Refused("invalid_blocks", *map(str, findings))


def check_view(view: Args, surface: str) -> None:
    """Raise Refused when Slack would not take this view."""
    findings = refusals(view, surface)
    if any(finding.code == "view_too_large" for finding in findings):
        raise Refused("view_too_large")
    if findings:
        raise Refused("invalid_arguments", *map(str, findings))


def message_body(args: Args) -> Args:
    """The message that a call brings."""
    body = {
        key: parsed(args[key]) if key in ("blocks", "metadata") else args[key] for key in MESSAGE_KEYS if key in args
    }
    check_message(body)
    return body


def _reachable(state: State, args: Args) -> Channel:
    channel = state.channel(str(args.get("channel", "")))
    if channel.archived:
        raise Refused("is_archived")
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    return channel


# -- methods ---------------------------------------------------------------------------------------------------------


def auth_test(state: State, args: Args) -> Args:
    """Who the token belongs to."""
    return {"team_id": TEAM, "team": "Stand-in", "user_id": BOT_USER, "bot_id": BOT_ID, "app_id": APP, "user": "ftbot"}


def post_message(state: State, args: Args) -> Args:
    """A new message."""
    channel = _reachable(state, args)
    body = message_body(args)
    threads = reversed(state.messages)  # what is answered is mostly young
    if "thread_ts" in body and not any(m.ts == body["thread_ts"] and m.channel == channel.id for m in threads):
        raise Refused("thread_not_found")
    message = Message(channel.id, state.stamp(), body)
    state.messages.append(message)
    return {"channel": channel.id, "ts": message.ts, "message": body | {"user": BOT_USER, "ts": message.ts}}


def update(state: State, args: Args) -> Args:
    """Another content for a message of the bot's own."""
    channel = _reachable(state, args)
    message = state.message(channel.id, str(args.get("ts")))
    if message.body.get("user", BOT_USER) != BOT_USER:
        raise Refused("cant_update_message")
    message.body |= message_body(args)
    message.edits += 1
    return {"channel": channel.id, "ts": message.ts, "text": message.text}


def post_ephemeral(state: State, args: Args) -> Args:
    """A message that one person sees until they reload."""
    channel = _reachable(state, args)
    if args.get("user") not in channel.members:
        raise Refused("user_not_in_channel")
    message = Message(channel.id, state.stamp(), message_body(args), only_for=str(args["user"]))
    state.messages.append(message)
    return {"message_ts": message.ts}


def _readable(state: State, args: Args) -> Channel:
    channel = _reachable(state, args)
    needed = {"im:history"} if channel.kind == "im" else {"channels:history", "groups:history"}
    if not needed & state.scopes:
        raise Refused("missing_scope", needed=",".join(sorted(needed)))
    return channel


def replies(state: State, args: Args) -> Args:
    """A thread, oldest first, with metadata when asked for."""
    channel = _readable(state, args)
    found = [m for m in state.messages if m.channel == channel.id and m.only_for is None]
    found = [m for m in found if args.get("ts") in (m.ts, m.body.get("thread_ts"))]
    return {"messages": [_listed(message, args) for message in found], "has_more": False}


def history(state: State, args: Args) -> Args:
    """The newest messages of a channel, newest first."""
    channel = _readable(state, args)
    found = [m for m in state.messages if m.channel == channel.id and m.only_for is None]
    found = [m for m in found if "thread_ts" not in m.body][::-1][: int(args.get("limit", 100))]
    return {"messages": [_listed(message, args) for message in found], "has_more": False}


def _listed(message: Message, args: Args) -> Args:
    hidden = set() if str(args.get("include_all_metadata", "")).casefold() in ("true", "1") else {"metadata"}
    return {key: value for key, value in message.body.items() if key not in hidden} | {
        "ts": message.ts,
        "bot_id": BOT_ID,
    }


def users_info(state: State, args: Args) -> Args:
    """Somebody's profile."""
    user = state.users.get(str(args.get("user")))
    if user is None:
        raise Refused("user_not_found")
    profile = {"id": user.id, "team_id": user.team, "name": user.name, "deleted": user.deleted, "is_bot": False}
    return {"user": profile | {"is_restricted": user.guest, "is_ultra_restricted": False, "tz": "UTC", "tz_offset": 0}}


def views_open(state: State, args: Args) -> Args:
    """A modal for whoever the trigger belongs to."""
    view = parsed(args.get("view"))
    trigger = state.use_trigger(str(args.get("trigger_id", "")))
    check_view(view, "modal")
    return {"view": described(_new_view(state, trigger.user, view, root=None))}


def views_push(state: State, args: Args) -> Args:
    """A modal on top of another."""
    view = parsed(args.get("view"))
    trigger = state.use_trigger(str(args.get("trigger_id", "")))
    stack = [v for v in state.views.values() if v.user == trigger.user and v.open]
    if not stack:
        raise Refused("not_found")
    if len(stack) >= STACK:
        raise Refused("push_limit_reached")
    check_view(view, "modal")
    return {"view": described(_new_view(state, trigger.user, view, root=stack[0].root))}


def _new_view(state: State, user: str, content: Args, root: str | None) -> View:
    name = f"V{state.stamp().replace('.', '')}"
    state.views[name] = View(name, state.fresh_hash(), user, content, root or name)
    return state.views[name]


def views_update(state: State, args: Args) -> Args:
    """Another content for an open modal; with ``hash``, only if nobody changed it since."""
    view = state.views.get(str(args.get("view_id")))
    if view is None or not view.open:
        raise Refused("not_found")
    if args.get("hash") and args["hash"] != view.hash:
        raise Refused("hash_conflict")
    content = parsed(args.get("view"))
    check_view(content, "modal")
    change_view(state, view, content)
    return {"view": described(view)}


def change_view(state: State, view: View, content: Args) -> None:
    """Put other content into a view; its hash changes with it."""
    view.content, view.hash = content, state.fresh_hash()


def views_publish(state: State, args: Args) -> Args:
    """Somebody's Home tab."""
    user = str(args.get("user_id"))
    if user not in state.users:
        raise Refused("user_not_found")
    home = state.homes.get(user)
    if home is not None and args.get("hash") and args["hash"] != home.hash:
        raise Refused("hash_conflict")
    content = parsed(args.get("view"))
    check_view(content, "home")
    state.homes[user] = View(f"VH{user}", state.fresh_hash(), user, content, f"VH{user}")
    return {"view": described(state.homes[user])}


def upload_url(state: State, args: Args) -> Args:
    """Where to upload a file of a size that is told before."""
    length = int(args.get("length", 0))
    if not args.get("filename") or length <= 0:
        raise Refused("invalid_arguments")
    file = File(f"F{state.stamp().replace('.', '')}", str(args["filename"]), length)
    state.files[file.id] = file
    return {"upload_url": f"{state.url}/upload/{file.id}", "file_id": file.id}


def complete_upload(state: State, args: Args) -> Args:
    """Share uploaded files as one message of a channel or thread."""
    channel = _reachable(state, {"channel": args.get("channel_id")})
    if str(args.get("channel_id")) in state.users:  # takes conversations only, as chat.postMessage does not
        raise Refused("channel_not_found")
    found = [state.files.get(str(item.get("id"))) for item in parsed(args.get("files")) or ()]
    files = [file for file in found if file is not None and file.content is not None and not file.shared]
    if not files or len(files) != len(found):
        raise Refused("file_not_found")
    for file in files:
        file.shared = True
    body = {
        "text": str(args.get("initial_comment", "")),
        "files": [{"id": file.id, "name": file.name} for file in files],
    }
    body |= {"thread_ts": args["thread_ts"]} if args.get("thread_ts") else {}
    state.messages.append(Message(channel.id, state.stamp(), body))
    return {"files": [{"id": file.id} for file in files]}


def file_info(state: State, args: Args) -> Args:
    """A file and where it is downloaded."""
    file = state.files.get(str(args.get("file")))
    if file is None or file.content is None:
        raise Refused("file_not_found")
    return {
        "file": {
            "id": file.id,
            "name": file.name,
            "size": file.size,
            "url_private_download": f"{state.url}/file/{file.id}",
        }
    }


def described(view: View) -> Args:
    """A view as Slack sends it."""
    own = {
        "id": view.id,
        "hash": view.hash,
        "root_view_id": view.root,
        "team_id": TEAM,
        "app_id": APP,
        "bot_id": BOT_ID,
    }
    return {"state": {"values": {}}, "callback_id": "", "private_metadata": ""} | view.content | own


HISTORY = ("channels:history", "groups:history", "im:history")

# Method -> (scopes of which one must be granted, what it does).
METHODS: dict[str, tuple[tuple[str, ...], Method]] = {
    "auth.test": ((), auth_test),
    "chat.postMessage": (("chat:write",), post_message),
    "chat.update": (("chat:write",), update),
    "chat.postEphemeral": (("chat:write",), post_ephemeral),
    "conversations.replies": (HISTORY, replies),
    "conversations.history": (HISTORY, history),
    "files.getUploadURLExternal": (("files:write",), upload_url),
    "files.completeUploadExternal": (("files:write",), complete_upload),
    "files.info": (("files:read",), file_info),
    "users.info": (("users:read",), users_info),
    "views.open": ((), views_open),
    "views.push": ((), views_push),
    "views.update": ((), views_update),
    "views.publish": ((), views_publish),
}


def call(state: State, method: str, token: str, args: Args) -> Args:
    """Answer a call, or raise Refused."""
    if not token:
        raise Refused("not_authed")
    if state.tokens.get(token) != "bot":
        raise Refused("invalid_auth")
    if method not in METHODS:
        raise Refused("unknown_method", req_method=method)
    scopes, act = METHODS[method]
    if scopes and not state.scopes & set(scopes):
        raise Refused("missing_scope", needed=",".join(scopes), provided=",".join(sorted(state.scopes)))
    return {"ok": True, **act(state, args)}
