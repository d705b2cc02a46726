"""`ft pr comment` keeps exactly one comment of its own and leaves everybody else's alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ftsdk.plan.value import PlanSet
from ftsdk.report.pull_request import MARKER
from ftsdk.testing import workspace
from tests.ftsdk.cli.conftest import RunFt
from tests.ftsdk.cli.github_stand_in import MISSING, StandIn, stand_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(MISSING, reason="the stand-in of GitHub is not installed: make editor"),
]


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with stand_in(tmp_path_factory.mktemp("github")) as found:
        yield found


@pytest.fixture
def here(github: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with plan.json, in what an Action would have in its environment."""
    with workspace() as ws:
        plan = ws.plan("specs/example.yaml")
    (tmp_path / "plan.json").write_text(PlanSet(plans=(plan,)).model_dump_json(by_alias=True))
    for name, value in {
        "GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": "ft-bot/specs", "GITHUB_TOKEN": "bot",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    for comment in github.comments():
        github.ask("DELETE", f"/repos/ft-bot/specs/issues/comments/{comment['id']}")
    return tmp_path


def comment(run_ft: RunFt, here: Path, head: str) -> None:
    said = run_ft(here, "pr", "comment", "plan.json", "--number", "1", "--head", head)
    assert said.code == 0, said.err


def test_it_is_written_once_and_edited_in_place(github: StandIn, here: Path, run_ft: RunFt) -> None:
    comment(run_ft, here, "a" * 40)
    (first,) = github.comments()
    comment(run_ft, here, "b" * 40)
    (second,) = github.comments()
    assert first["id"] == second["id"]
    assert "head=" + "b" * 40 in second["body"] and second["body"].startswith(MARKER)


def test_the_same_plan_edits_nothing(github: StandIn, here: Path, run_ft: RunFt) -> None:
    comment(run_ft, here, "a" * 40)
    (first,) = github.comments()
    comment(run_ft, here, "a" * 40)
    assert github.comments() == [first]


def test_a_marker_that_somebody_else_typed_is_left_alone(github: StandIn, here: Path, run_ft: RunFt) -> None:
    github.ask("POST", "/repos/ft-bot/specs/issues/1/comments", {"body": f"{MARKER} mine -->"}, token="eve")
    comment(run_ft, here, "a" * 40)
    assert [(c["user"]["login"], "mine" in c["body"]) for c in github.comments()] == [("eve", True), ("ft-bot", False)]


def test_of_two_of_its_own_one_stays_and_other_comments_stay(github: StandIn, here: Path, run_ft: RunFt) -> None:
    """Two runs of a workflow at once may both have written a first comment; and a hundred others do not hide it."""
    for number in range(105):
        github.ask("POST", "/repos/ft-bot/specs/issues/1/comments", {"body": f"chat {number}"}, token="eve")
    for _ in range(2):
        github.ask("POST", "/repos/ft-bot/specs/issues/1/comments", {"body": f"{MARKER} -->"})
    comment(run_ft, here, "c" * 40)
    ours = [c for c in github.ask("GET", "/repos/ft-bot/specs/issues/1/comments?per_page=100&page=2")
            if c["user"]["login"] == "ft-bot"]  # fmt: skip
    assert len(ours) == 1 and "c" * 40 in ours[0]["body"]


def test_what_github_refuses_is_a_sentence(here: Path, run_ft: RunFt) -> None:
    said = run_ft(here, "pr", "comment", "plan.json", "--number", "1", "--repository", "ft-bot/elsewhere")
    assert said.code == 15 and "GitHub refused ft-bot/elsewhere (404)" in said.err
