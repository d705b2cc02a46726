"""The ``ftbot`` command: instant help, errors with a next step, a manifest that Slack takes, a doctor with cures."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ftbot.__main__ import main
from ftbot.doctor import examine
from ftbot.manifest import read_manifest, scopes
from ftbot.screens.lint.limits import limit
from ftbot.settings import load_settings
from ftbot.standin import StandIn
from ftbot.standin.web_api import METHODS
from ftsdk.errors import UsageError
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import settings_for

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "ftbot"
# Slack's own schema of manifests: slackapi/manifest-schema, version 2, as of 22 November 2026.
SCHEMA = json.loads((HERE / "manifest.schema.2.json").read_text("utf-8"))
# What makes Slack ask for a scope, beside the methods that are called.
SCOPE_OF_FEATURE = {"slash_commands": "commands", "shortcuts": "commands", "agent_view": "assistant:write"}
EVENTS_WITHOUT_SCOPE = {"app_home_opened"}
SCOPE_OF_EVENT = {"app_mention": "app_mentions:read", "message.im": "im:history"}


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    program = (
        "import sys, json\nfrom ftbot.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(json.dumps([m.split('.')[0] for m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    said, loaded = done.stdout.rsplit("\n", 2)[0], set(json.loads(done.stdout.splitlines()[-1]))
    assert all(name in said for name in ("socket", "serve", "manifest", "doctor"))
    assert not loaded & {"slack_bolt", "slack_sdk", "aiohttp", "sqlalchemy", "pydantic", "structlog", "apscheduler"}


def test_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ftbot {version('ftbot')}\n"


@pytest.mark.parametrize("words", [["dance"], ["--socket-mode"], ["serve", "--port", "1"]])
def test_a_command_that_does_not_exist_is_a_usage_error_with_a_next_step(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 64
    assert "next:" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["socket", "serve"])
def test_without_its_secrets_the_bot_refuses_to_start(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FTBOT_APP_TOKEN", raising=False)
    monkeypatch.setenv("FTBOT_BOT_TOKEN", "xoxb-something")
    monkeypatch.setenv("FTBOT_SIGNING_SECRET", "  ")
    assert main([command]) == 64
    assert "is not set; nothing was started" in capsys.readouterr().err


# -- settings ----------------------------------------------------------------------------------------------------------


def test_secrets_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ftbot_bot_token").write_text("xoxb-from-a-file\n")
    monkeypatch.setenv("FTBOT_SECRETS_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("FTBOT_BOT_TOKEN", raising=False)
    settings = load_settings()
    assert settings.secret("bot_token") == "xoxb-from-a-file"
    assert "xoxb" not in repr(settings)


def test_a_setting_that_does_not_hold_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTBOT_PORT", "a-secret-by-mistake")
    with pytest.raises(UsageError, match="FTBOT_PORT does not hold") as refused:
        load_settings()
    assert "a-secret-by-mistake" not in str(refused.value)


# -- manifest ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "https://ftbot.example.com"])
def test_the_manifest_is_one_that_slack_takes(url: str) -> None:
    manifest = read_manifest(url)
    errors = [str(error) for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(manifest)]
    assert errors == []
    assert len(manifest["display_information"]["description"]) <= limit("manifest", "description")
    assert manifest["settings"]["socket_mode_enabled"] is (url == "")


def test_over_http_every_address_is_ours() -> None:
    text = json.dumps(read_manifest("https://ftbot.example.com"))
    assert set(re.findall(r"https://[^\"]+", text)) == {"https://ftbot.example.com/slack/events"}


@pytest.mark.parametrize("url", ["http://ftbot.example.com", "ftbot.example.com", "https://a.example/path", "https://"])
def test_an_address_that_slack_does_not_call_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is not an address that Slack calls"):
        read_manifest(url)


def called_methods() -> set[str]:
    """Every Web API method that the bot's code calls on a client."""
    names: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if "standin" not in path.parts:
            tree = ast.parse(path.read_text("utf-8"))
            names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    known = {method.replace(".", "_"): method for method in METHODS}
    return {known[name] for name in names if name in known}


def needed_scopes(manifest: dict[str, Any]) -> set[str]:
    """What the methods, events and features that are used ask for."""
    methods = {scope for method in called_methods() for scope in METHODS[method][0]}
    features = {SCOPE_OF_FEATURE[name] for name in manifest["features"] if name in SCOPE_OF_FEATURE}
    subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"]) - EVENTS_WITHOUT_SCOPE
    events = {SCOPE_OF_EVENT[name] for name in subscribed}
    return methods | features | events


def test_the_manifest_asks_for_the_scopes_that_are_used_and_for_no_other() -> None:
    manifest = read_manifest()
    needed, optional = scopes(manifest)
    assert needed | optional == needed_scopes(manifest)
    assert optional == {"channels:history", "files:read", "files:write", "groups:history"}


# -- doctor ------------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_the_doctor_finds_nothing_where_all_is_well(slack: StandIn, project: Workspace) -> None:
    findings = await examine(settings_for(slack, project))
    assert [str(finding) for finding in findings if not finding.ok] == []
    assert len(findings) == 5


@pytest.mark.anyio
async def test_the_doctor_says_how_to_mend_what_is_wrong(slack: StandIn, project: Workspace, tmp_path: Path) -> None:
    slack.state.scopes.discard("users:read")
    ill = settings_for(slack, project, app_token="xapp-wrong", workspace=tmp_path)
    findings = {finding.what: finding for finding in await examine(ill)}
    assert "users:read" in findings["scopes"].found
    assert not findings["way in"].ok
    assert "ftsdk.yaml" in findings["workspace"].found
    assert all(finding.cure for finding in findings.values() if not finding.ok)
    gone = await examine(settings_for(slack, project, bot_token="xoxb-revoked"))
    assert "refused the bot token" in gone[0].found
