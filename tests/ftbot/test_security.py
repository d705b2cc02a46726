"""The gate, the logs and who may do what: what an attacker tries, and that it leads to nothing."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ftbot.gate import MOST_BYTES, PASSED, REPLAYED, Gate
from ftbot.listeners import arrivals
from ftbot.logs import configure
from ftbot.standin import BOT_TOKEN, SIGNING_SECRET, StandIn, eventually
from ftbot.standin.delivery import signature, signed
from ftbot.standin.person import Person
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import TEAM_CHANNEL, Running, log_plainly, running, settings_for

NOW = 1_795_340_000.0
BODY = b"token=x&command=%2Fft&text=help"


def gate_at(now: float = NOW) -> Gate:
    return Gate(SIGNING_SECRET, lambda: now)


def headers(body: bytes = BODY, at: float = NOW, **changes: str) -> dict[str, str]:
    stamp = str(int(at))
    right = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(SIGNING_SECRET, stamp, body),
    }
    return right | {name.replace("_", "-"): value for name, value in changes.items()}


# -- the gate ----------------------------------------------------------------------------------------------------------


def test_what_slack_signed_passes_once() -> None:
    gate = gate_at()
    assert gate.check(headers(), BODY) is PASSED
    assert gate.check(headers(), BODY) is REPLAYED


def test_what_was_not_taken_passes_again() -> None:
    """Slack's first retry comes at once: the same second, the same bytes, the same signature."""
    gate = gate_at()
    assert gate.check(headers(), BODY) is PASSED
    gate.forget(headers())
    assert gate.check(headers(), BODY) is PASSED


@pytest.mark.parametrize("late", [-301, 301])
def test_a_time_stamp_outside_five_minutes_is_refused(late: int) -> None:
    assert gate_at(NOW + late).check(headers(), BODY).status == 401


@pytest.mark.parametrize("late", [-300, 300])
def test_a_time_stamp_within_five_minutes_passes(late: int) -> None:
    assert gate_at(NOW + late).check(headers(), BODY) is PASSED


@pytest.mark.parametrize("stamp", ["", "abc", "-1", "1e9", "١٢٣", "9" * 400, "nan", " 1795340000"])
def test_a_time_stamp_that_is_no_number_is_refused(stamp: str) -> None:
    assert gate_at().check(headers(X_Slack_Request_Timestamp=stamp), BODY).status == 401


@pytest.mark.parametrize("signed_as", ["", "v0=", "v0=" + "0" * 64, "v1=" + "0" * 64, "ä" * 64, "v0=é"])
def test_a_wrong_signature_is_refused(signed_as: str) -> None:
    assert gate_at().check(headers(X_Slack_Signature=signed_as), BODY).status == 401


def test_headers_that_are_not_there_are_refused() -> None:
    assert gate_at().check({}, BODY).status == 401


def test_the_signature_is_that_of_the_bytes_as_they_came() -> None:
    assert gate_at().check(headers(BODY), BODY + b"&text=other").status == 401
    assert gate_at().check(headers(b"\xff\xfe{bad"), b"\xff\xfe{bad") is PASSED, "nothing is parsed before the gate"


def test_a_body_above_the_limit_is_refused_unread() -> None:
    body = b"x" * (MOST_BYTES + 1)
    assert gate_at().check(headers(body), body).status == 413


@given(st.binary(max_size=200), st.text(max_size=80), st.text(max_size=80))
def test_nothing_unsigned_passes_and_nothing_crashes_the_gate(body: bytes, stamp: str, name: str) -> None:
    verdict = gate_at().check({"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": name}, body)
    assert verdict.status == 401


# -- over HTTP ---------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_forged_replayed_and_oversized_requests_have_no_effect(
    slack: StandIn, ana: Person, project: Workspace
) -> None:
    async with running(slack, settings_for(slack, project), "http") as live, aiohttp.ClientSession() as session:
        await ana.command("help", TEAM_CHANNEL)
        await eventually(lambda: ana.ephemerals)
        assert ana.last is not None
        kind, payload = ana.last
        right, body = signed(SIGNING_SECRET, kind, payload | {"trigger_id": "1.2.fresh"}, time.time())
        wrong, _body = signed("another secret", kind, payload, time.time())
        seen = []
        for sent, content in (
            (right, body), (right, body), (wrong, body), ({}, body), (right, io.BytesIO(b"x" * (MOST_BYTES + 10))),
        ):  # fmt: skip
            async with session.post(live.url, data=content, headers=sent) as response:
                seen.append((response.status, await response.text()))
        assert [status for status, _text in seen] == [200, 200, 401, 401, 413]
        assert "Traceback" not in str(seen)
        await eventually(lambda: len(ana.ephemerals) == 2)
        async with session.get(live.url.replace("/slack/events", "/readyz")) as response:
            assert await response.json() == {"database": True, "connected": True, "outbox": True, "running": True}
    assert len(ana.ephemerals) == 2


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"{bad", b"\xff\xfe", b"payload=%7Bbad", b"[]", b"null", b"payload=null", b"{}"])
async def test_a_signed_body_that_is_no_payload_is_refused_without_a_trace(
    slack: StandIn, project: Workspace, body: bytes
) -> None:
    form = body.startswith(b"payload")
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    async with running(slack, settings_for(slack, project), "http") as live, aiohttp.ClientSession() as session:
        sent = headers(body, time.time()) | {"Content-Type": kind}
        async with session.post(live.url, data=body, headers=sent) as response:
            assert response.status == (200 if body == b"{}" else 400)
            assert "Traceback" not in await response.text()


@pytest.mark.anyio
async def test_slack_may_verify_the_address_when_the_app_is_set_up(slack: StandIn, project: Workspace) -> None:
    sent, body = signed(SIGNING_SECRET, "events_api", {"type": "url_verification", "challenge": "c4"}, time.time())
    async with running(slack, settings_for(slack, project), "http") as live, aiohttp.ClientSession() as session:
        async with session.post(live.url, data=body, headers=sent) as response:
            assert (response.status, await response.json()) == (200, {"challenge": "c4"})
        async with session.post(live.url, data=body) as response:
            assert response.status == 401


@pytest.mark.anyio
async def test_somebody_who_was_deactivated_or_cannot_be_looked_up_gets_nothing(
    live: Running, slack: StandIn, ana: Person
) -> None:
    gone = slack.person("U0GONE")
    gone.user.deleted = True
    await gone.command("advise", TEAM_CHANNEL)
    await eventually(lambda: gone.ephemerals)
    assert gone.view is None
    slack.state.scopes.discard("users:read")
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: len(slack.called("users.info")) >= 2)
    assert slack.called("views.open") == []


@pytest.mark.anyio
async def test_a_shared_channel_gets_no_answer(live: Running, slack: StandIn, ana: Person) -> None:
    body = {"event_id": "Ev1", "is_ext_shared_channel": True, "team_id": "T0STANDIN"}
    assert arrivals.is_external(body)
    stranger = slack.person("U0ELSEWHERE", team="T0OTHER")
    assert (await stranger.mentions("runs", TEAM_CHANNEL)).ok
    await ana.command("help", TEAM_CHANNEL)
    await eventually(lambda: ana.ephemerals)
    assert stranger.ephemerals == []


@pytest.mark.anyio
async def test_a_forged_draft_id_leads_nowhere(live: Running, slack: StandIn, ana: Person) -> None:
    """The value of a button is a hint: whoever clicks must own what it names."""
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ana.view)
    await ana.submit({"goal": "quality", "failure": ["format"], "tried": ["prompting:insufficient"]})
    assert ana.view is not None
    eve = slack.person("U0EVE")
    await eve.command("advise", TEAM_CHANNEL)
    await eventually(lambda: eve.view)
    assert eve.view is not None
    stolen = next(b for b in ana.view.content["blocks"] if b["type"] == "actions")
    eve.view.content["blocks"].append(stolen)
    await eve.click(eve.view, "ft:form:now")
    await eventually(lambda: eve.dms)
    assert "belongs to somebody else" in eve.dms[0].text
    assert "Recommendation" not in json.dumps(eve.view.content)


# -- logs --------------------------------------------------------------------------------------------------------------

SECRETS = [
    "xoxb-123456789012-abcdefABCDEF",
    "xoxe.xoxp-1-Mi0yLTEyMzQ",
    "xapp-1-A012-345-abcdef",
    "Bearer abc.def-ghi",
    "v0=" + "ab" * 32,
    "https://hooks.slack.com/commands/T0/123/abcDEF",
    "http://127.0.0.1:3000/respond/r17953400000001",
    "1795340000.000001.0123456789abcdef",
]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as production configures it; put back afterwards."""
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.StringIO()
    configure("json", "DEBUG", ["a-very-own-signing-secret", BOT_TOKEN], stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    log_plainly()


@pytest.mark.parametrize("secret", [*SECRETS, "a-very-own-signing-secret"])
def test_no_secret_reaches_a_log_in_any_way(secret: str, log: io.StringIO) -> None:
    ours, theirs = structlog.get_logger("ftbot"), logging.getLogger("some.library")
    ours.warning(f"it holds {secret}", key=secret, nested={"deep": [secret]}, response_url=secret)
    theirs.warning("body: %s", secret, extra={"payload": {"token": secret}})
    try:
        raise ValueError(f"failed with {secret}")
    except ValueError:
        ours.exception("broke")
        theirs.exception("broke")
    said = log.getvalue()
    assert said.count("\n") == 4, "every line is there"
    assert secret not in said
    assert "[redacted]" in said


def test_lines_are_json_that_say_when_and_who(log: io.StringIO) -> None:
    structlog.get_logger("ftbot.http").info("listening", port=3000)
    line: dict[str, Any] = json.loads(log.getvalue())
    assert line["event"] == "listening"
    assert line["port"] == 3000
    assert line["logger"] == "ftbot.http"
    assert line["timestamp"].endswith("Z")


@pytest.mark.anyio
async def test_a_whole_conversation_leaves_no_secret_in_the_log(
    slack: StandIn, ana: Person, project: Workspace, log: io.StringIO
) -> None:
    async with running(slack, settings_for(slack, project), "http") as live, aiohttp.ClientSession() as session:
        await ana.command("advise", TEAM_CHANNEL)
        await eventually(lambda: ana.view)
        slack.faults.plan("users.info", "server_error", "drop_before")
        await slack.person("U0BEN").command("help", TEAM_CHANNEL)
        async with session.post(live.url, data=BODY, headers=headers(at=time.time() - 900)) as response:
            assert response.status == 401
        await eventually(lambda: slack.person("U0BEN").ephemerals, 15)
    said = log.getvalue()
    assert ana.last is not None
    hidden = [BOT_TOKEN, SIGNING_SECRET, ana.last[1]["response_url"], ana.last[1]["trigger_id"]]
    assert [secret for secret in hidden if secret in said] == []
    assert "request failed" in said, "the log says what went wrong"
