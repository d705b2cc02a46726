"""Somebody in front of Slack: types commands, clicks buttons, fills forms, and sees what the app shows."""

from __future__ import annotations

import json
from typing import Any, Protocol

from ftbot.standin.delivery import Ack, Route
from ftbot.standin.state import APP, BOT_USER, RESPONSE_SECONDS, TEAM, Message, Refused, ResponseUrl, State, User, View
from ftbot.standin.web_api import change_view, check_message, check_view, described

Payload = dict[str, Any]


class Workspace(Protocol):
    """What a person needs of the stand-in: what it knows, where it listens, and how it reaches the app."""

    state: State
    url: str
    route: Route

    def messages(self, channel: str) -> list[Message]:
        """What everybody sees in a channel, in order."""

    def show(self, user: str, channel: str, body: Payload, original: Message | None) -> None:
        """Show what an acknowledgement brought."""


class Person:
    """One user; every act is delivered to the app as Slack would and returns the app's acknowledgement."""

    def __init__(self, slack: Workspace, user: User) -> None:
        self._slack = slack
        self.user = user
        self.id = user.id
        self.last: tuple[str, Payload] | None = None  # kind and payload of the newest delivery, for sending it again

    # -- what this person sees ------------------------------------------------------------------------------------

    @property
    def ephemerals(self) -> list[Message]:
        """Messages that only this person sees."""
        return [message for message in self._slack.state.messages if message.only_for == self.id]

    @property
    def dms(self) -> list[Message]:
        """The bot's messages in the conversation with this person."""
        found = self._slack.messages(self._slack.state.dm(self.id).id)
        return [message for message in found if "user" not in message.body]

    @property
    def view(self) -> View | None:
        """The modal on top."""
        mine = [view for view in self._slack.state.views.values() if view.user == self.id and view.open]
        return mine[-1] if mine else None

    # -- acts -----------------------------------------------------------------------------------------------------

    async def command(self, text: str, channel: str, command: str = "/ft") -> Ack:
        """Type a slash command."""
        payload = {
            "command": command,
            "text": text,
            "channel_id": channel,
            "channel_name": channel.casefold(),
            "user_id": self.id,
            "user_name": self.user.name,
            "team_id": self.user.team,
            "team_domain": "standin",
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._response_url(channel),
            "trigger_id": self._slack.state.add_trigger(self.id),
        }
        ack = await self._deliver("slash_commands", payload)
        if ack.ok and ack.body:
            self._show(channel, ack.body)
        return ack

    async def click(
        self, where: Message | View, action: str, value: str | None = None, answers: Payload | None = None
    ) -> Ack:
        """Click a button (the one of ``value`` when several have this action); ``answers``: what a form holds then."""
        blocks = where.body["blocks"] if isinstance(where, Message) else where.content["blocks"]
        found = [e for b in blocks for e in _elements(b) if e.get("action_id") == action]
        element = next(e for e in found if value is None or e.get("value") == value)
        act = {"action_id": action, "block_id": "b", "type": element["type"], "action_ts": self._slack.state.stamp()}
        act |= {"value": element["value"]} if "value" in element else {}
        payload = self._interaction("block_actions", where) | {"actions": [act]}
        if isinstance(where, View) and answers is not None:
            payload["view"]["state"] = {"values": {b["block_id"]: _state(b, answers) for b in _inputs(where)}}
        return await self._deliver("interactive", payload)

    async def choose(self, where: Message | View, action: str, value: str) -> Ack:
        """Choose an option of a menu."""
        blocks = where.body["blocks"] if isinstance(where, Message) else where.content["blocks"]
        element = next(e for b in blocks for e in _elements(b) if e.get("action_id") == action)
        chosen = next(option for option in element["options"] if option["value"] == value)
        act = {"action_id": action, "block_id": "b", "type": element["type"], "selected_option": chosen}
        return await self._deliver("interactive", self._interaction("block_actions", where) | {"actions": [act]})

    async def submit(self, answers: Payload, view: View | None = None) -> Ack:
        """Submit a modal; ``answers`` by block id, each what `answer` takes."""
        shown = view or self.view
        if shown is None:
            raise LookupError(f"{self.id} has no modal open")
        values = {block["block_id"]: _state(block, answers) for block in _inputs(shown)}
        payload = self._interaction("view_submission", shown)
        payload["view"]["state"] = {"values": values}
        return self._obey(shown, await self._deliver("interactive", payload | {"response_urls": []}))

    async def close(self) -> Ack | None:
        """Close the modal on top; the app is told when it asked for that."""
        shown = self.view
        if shown is None:
            return None
        shown.open = False
        if not shown.content.get("notify_on_close"):
            return None
        payload = self._interaction("view_closed", shown) | {"is_cleared": False}
        payload.pop("trigger_id")
        return await self._deliver("interactive", payload)

    async def shortcut(self, callback: str) -> Ack:
        """Use a global shortcut."""
        payload = self._envelope("shortcut") | {"callback_id": callback, "action_ts": self._slack.state.stamp()}
        return await self._deliver("interactive", payload)

    async def message_shortcut(self, callback: str, channel: str, text: str) -> Ack:
        """Use a shortcut on a message of a channel."""
        message = {"type": "message", "user": "U0OTHER", "ts": self._slack.state.stamp(), "text": text}
        payload = self._envelope("message_action") | {
            "callback_id": callback,
            "channel": {"id": channel, "name": channel.casefold()},
            "message": message,
            "message_ts": message["ts"],
            "response_url": self._response_url(channel),
        }
        return await self._deliver("interactive", payload)

    async def event(self, kind: str, **fields: Any) -> Ack:
        """Cause an event of the Events API; delivered again, at once, when the app does not take it."""
        event = {"type": kind, "user": self.id, "team": self.user.team, "event_ts": self._slack.state.stamp(), **fields}
        payload = {
            "type": "event_callback",
            "event_id": f"Ev{self._slack.state.stamp().replace('.', '')}",
            "event_time": int(self._slack.state.clock()),
            "team_id": TEAM,
            "api_app_id": APP,
            "is_ext_shared_channel": False,
            "authorizations": [{"team_id": TEAM, "user_id": "U0FTBOT", "is_bot": True}],
            "event": event,
        }
        ack = await self._deliver("events_api", payload)
        return ack if ack.ok else await self._deliver("events_api", payload, retry=1)

    @property
    def home(self) -> View | None:
        """The Home tab as it was published last."""
        return self._slack.state.homes.get(self.id)

    async def opens_home(self, tab: str = "home") -> Ack:
        """Open the app's Home tab, or another one."""
        return await self.event("app_home_opened", channel=self._slack.state.dm(self.id).id, tab=tab)

    async def says(self, text: str, thread: str = "") -> Ack:
        """Write to the bot in the DM, or in a thread of it."""
        channel = self._slack.state.dm(self.id).id
        return await self.event("message", channel_type="im", **self.writes(text, channel, thread))

    async def mentions(self, text: str, channel: str, thread: str = "") -> Ack:
        """Mention the bot in a channel, or in a thread of it."""
        written = self.writes(text, channel, thread)
        return await self.event("app_mention", **written | {"text": f"<@{BOT_USER}> {text}"})

    def writes(self, text: str, channel: str, thread: str = "") -> Payload:
        """Write a message that no app is told of; returns what an event would tell."""
        body: Payload = {"text": text, "user": self.id} | ({"thread_ts": thread} if thread else {})
        message = Message(channel, self._slack.state.stamp(), body)
        self._slack.state.messages.append(message)
        return {"channel": channel, "ts": message.ts, "text": text} | ({"thread_ts": thread} if thread else {})

    async def again(self, retry: int = 0) -> Ack:
        """Let Slack deliver the newest thing once more."""
        if self.last is None:
            raise LookupError("nothing was delivered yet")
        return await self._slack.route.deliver(*self.last, retry)

    # -- payloads -------------------------------------------------------------------------------------------------

    async def _deliver(self, kind: str, payload: Payload, retry: int = 0) -> Ack:
        self.last = (kind, json.loads(json.dumps(payload)))
        return await self._slack.route.deliver(kind, payload, retry)

    def _envelope(self, kind: str) -> Payload:
        return {
            "type": kind,
            "user": {"id": self.id, "name": self.user.name, "team_id": self.user.team},
            "team": {"id": self.user.team, "domain": "standin"},
            "api_app_id": APP,
            "is_enterprise_install": False,
            "enterprise": None,
            "trigger_id": self._slack.state.add_trigger(self.id),
        }

    def _interaction(self, kind: str, where: Message | View) -> Payload:
        payload = self._envelope(kind)
        if isinstance(where, View):
            return payload | {"view": described(where), "container": {"type": "view", "view_id": where.id}}
        shown = {"type": "message", "ts": where.ts, "bot_id": "B0FTBOT", **where.body}
        return payload | {
            "channel": {"id": where.channel, "name": where.channel.casefold()},
            "message": shown,
            "container": {
                "type": "message",
                "message_ts": where.ts,
                "channel_id": where.channel,
                "is_ephemeral": where.only_for is not None,
            },
            "response_url": self._response_url(where.channel, where),
        }

    def _response_url(self, channel: str, message: Message | None = None) -> str:
        state = self._slack.state
        name = f"r{state.stamp().replace('.', '')}"
        state.response_urls[name] = ResponseUrl(self.id, channel, state.clock() + RESPONSE_SECONDS, message=message)
        return f"{self._slack.url}/respond/{name}"

    # -- what an acknowledgement does -----------------------------------------------------------------------------

    def _show(self, channel: str, body: Payload) -> None:
        check_message(body)
        self._slack.show(self.id, channel, body, None)

    def _obey(self, view: View, ack: Ack) -> Ack:
        """What the answer to a submission does to the modal; raises Refused when Slack would show an error."""
        if not ack.ok:
            return ack
        action = ack.body.get("response_action")
        if action == "errors":
            inputs = {block["block_id"] for block in _inputs(view)}
            if not ack.body.get("errors") or not set(ack.body["errors"]) <= inputs:
                raise Refused("invalid_arguments", "errors must name input blocks of the view")
        elif action in ("update", "push"):
            check_view(ack.body["view"], "modal")
            change_view(self._slack.state, view, ack.body["view"])
        elif action == "clear":
            for one in self._slack.state.views.values():
                one.open = one.open and one.user != self.id
        elif action is None:
            view.open = False
        else:
            raise Refused("invalid_arguments", f"{action!r} is no response_action")
        return ack


def _elements(block: Payload) -> list[Payload]:
    own = [block[key] for key in ("accessory", "element") if isinstance(block.get(key), dict)]
    return [*own, *block.get("elements", ()), *block.get("actions", ())]


def _inputs(view: View) -> list[Payload]:
    return [block for block in view.content["blocks"] if block["type"] == "input"]


def _state(block: Payload, answers: Payload) -> Payload:
    """The state of one input as Slack sends it; what is not answered stands as the form showed it at first."""
    element, name = block["element"], block["block_id"]
    kind = element["type"]
    value: Payload = {"type": kind}
    if kind in ("plain_text_input", "number_input"):
        value["value"] = answers.get(name, element.get("initial_value"))
    elif kind in ("radio_buttons", "static_select"):
        chosen = [o for o in element["options"] if o["value"] == answers.get(name)]
        value["selected_option"] = chosen[0] if chosen else element.get("initial_option")
    elif kind in ("checkboxes", "multi_static_select"):
        if name in answers:
            value["selected_options"] = [o for o in element["options"] if o["value"] in answers[name]]
        else:
            value["selected_options"] = element.get("initial_options", [])
    elif kind == "file_input":
        value["files"] = [{"id": id} for id in answers.get(name, ())]
    elif kind == "conversations_select":
        value["selected_conversation"] = answers.get(name)
    return {element.get("action_id", name): value}
