"""What an attacker may try, point by point, with the tests that hold each; a point without a test is found here."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest

from ftbot.manifest import read_manifest
from ftbot.screens.lint.limits import limit
from tests.ftbot.test_lint import HOSTILE, views_with

ROOT = Path(__file__).parent.parent
GATE, HERE, LINT = "ftbot/test_security.py", "ftbot/test_security_points.py", "ftbot/test_lint.py"
APPROVALS, WATCHING, RUNS = "ftbot/test_approvals.py", "ftbot/test_watching.py", "ftbot/test_run_actions.py"

# Point -> (file, test).
POINTS: dict[str, tuple[tuple[str, str], ...]] = {
    "1 signature on raw bytes before anything is parsed": (
        (GATE, "test_the_signature_is_that_of_the_bytes_as_they_came"),
        (GATE, "test_a_wrong_signature_is_refused"),
        (GATE, "test_nothing_unsigned_passes_and_nothing_crashes_the_gate"),
    ),
    "1 time stamps outside five minutes, or no number": (
        (GATE, "test_a_time_stamp_outside_five_minutes_is_refused"),
        (GATE, "test_a_time_stamp_that_is_no_number_is_refused"),
    ),
    "1 a body above one megabyte": ((GATE, "test_a_body_above_the_limit_is_refused_unread"),),
    "1 no secret, no start": (("ftbot/test_command.py", "test_without_its_secrets_the_bot_refuses_to_start"),),
    "1 a signed body that is no payload": ((GATE, "test_a_signed_body_that_is_no_payload_is_refused_without_a_trace"),),
    "2 replays": (
        (GATE, "test_what_slack_signed_passes_once"),
        (GATE, "test_forged_replayed_and_oversized_requests_have_no_effect"),
    ),
    "3 whoever clicks is looked up, the requester never decides": (
        (APPROVALS, "test_the_requester_and_strangers_to_the_project_decide_nothing"),
        (RUNS, "test_whoever_is_not_of_the_project_stops_nothing"),
        (RUNS, "test_whoever_is_not_of_the_project_mutes_nothing"),
        ("ftbot/test_drafts.py", "test_whoever_is_not_of_the_project_proposes_nothing"),
        ("ftbot/test_measuring.py", "test_whoever_is_not_of_the_project_measures_nothing"),
    ),
    "3 guests, other workspaces, shared channels": (
        ("ftbot/test_scenarios.py", "test_guests_and_strangers_are_refused_politely"),
        (GATE, "test_a_shared_channel_gets_no_answer"),
    ),
    "3 deactivated or unknown: closed, not open": (
        (GATE, "test_somebody_who_was_deactivated_or_cannot_be_looked_up_gets_nothing"),
        (APPROVALS, "test_when_slack_does_not_say_who_somebody_is_nothing_is_decided"),
    ),
    "3 values and metadata are only hints": (
        (GATE, "test_a_forged_draft_id_leads_nowhere"),
        ("ftbot/test_scenarios.py", "test_nobody_fills_in_somebody_elses_form"),
        ("ftbot/test_following.py", "test_nobody_answers_for_somebody_else"),
        ("ftbot/test_texts.py", "test_nobody_has_somebody_elses_text_read"),
    ),
    "4 metadata holds an opaque id, callbacks a version": (
        (HERE, "test_metadata_of_a_view_is_an_id_and_its_callback_has_a_version"),
    ),
    "5 hostile text in every sink": (
        (LINT, "test_no_screen_breaks_a_limit_or_makes_hostile_text_live"),
        (LINT, "test_no_text_at_all_breaks_a_screen"),
        (LINT, "test_the_fallback_is_short_escaped_and_holds_no_address"),
    ),
    "6 a model reads only with consent, and its words become facts of a closed list": (
        ("ftbot/test_texts.py", "test_a_model_reads_only_after_whoever_wrote_agreed"),
        ("ftbot/test_texts.py", "test_reading_is_switched_off"),
    ),
    "7 specs only from a protected branch at an exact commit": (
        (WATCHING, "test_an_unprotected_branch_or_a_changed_workspace_applies_nothing"),
        (WATCHING, "test_a_merged_spec_is_applied_at_its_commit_and_its_pull_request_is_told"),
        (WATCHING, "test_a_push_that_github_signed_is_looked_at_once_and_others_are_refused"),
    ),
    "7 a login that nobody is mapped to starts nothing": ((WATCHING, "test_who_is_not_known_starts_nothing"),),
    "7 an approval is of one plan": ((APPROVALS, "test_a_newer_plan_takes_the_place_of_an_older_one"),),
    "8 no secret in any log": (
        (GATE, "test_no_secret_reaches_a_log_in_any_way"),
        (GATE, "test_a_whole_conversation_leaves_no_secret_in_the_log"),
        ("ftbot/test_measuring.py", "test_a_token_goes_to_slack_and_to_nobody_else"),
    ),
    "9 no OAuth of its own, nobody installs it elsewhere": ((HERE, "test_nobody_can_install_it_in_another_workspace"),),
    "10 so many requests a minute": (("ftbot/test_scenarios.py", "test_too_many_requests_of_one_person_are_refused"),),
    "11 an audit that shows when it was touched": (
        ("ftsdk/runs/test_audit.py", "test_a_chain_that_nobody_touched_is_whole"),
        ("ftsdk/runs/test_approvals.py", "test_everything_said_is_in_the_audit"),
    ),
    "12 least scopes": (
        ("ftbot/test_command.py", "test_the_manifest_asks_for_the_scopes_that_are_used_and_for_no_other"),
    ),
}  # fmt: skip


@cache
def names_in(file: str) -> frozenset[str]:
    """Names of the tests in a file."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name
    )


@pytest.mark.parametrize("point", POINTS)
def test_a_point_has_tests_that_are_there(point: str) -> None:
    assert POINTS[point]
    for file, name in POINTS[point]:
        assert name in names_in(file), f"{file} has no {name}"


def test_every_number_of_the_list_has_a_point() -> None:
    assert {int(point.split()[0]) for point in POINTS} == set(range(1, 13))


@pytest.mark.parametrize("text", HOSTILE)
def test_metadata_of_a_view_is_an_id_and_its_callback_has_a_version(text: str) -> None:
    """Whoever sees a view may read its metadata: nothing that people wrote may be in it."""
    for view in views_with(text):
        metadata = str(view.get("private_metadata", ""))
        assert re.search(r":v\d+(:|$)", view["callback_id"]), view["callback_id"]
        assert len(metadata) <= limit("view", "private_metadata")
        ids = metadata.replace(f"r={text[:20]}", "r=")  # the id of a run, which the library gives
        assert re.fullmatch(r"([a-z]=[\w.-]*;?)*", ids), metadata


def test_nobody_can_install_it_in_another_workspace() -> None:
    manifest = read_manifest()
    assert manifest["settings"]["org_deploy_enabled"] is False
    assert "redirect_urls" not in json.dumps(manifest)
    assert set(manifest["oauth_config"]["scopes"]) == {"bot", "bot_optional"}, "no scope of a person"
