"""Specs through pull requests: what is merged into a protected branch is planned, agreed to, applied and told."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, update

import ftsdk
from ftbot.bot import Bot
from ftbot.doctor import examine
from ftbot.library import Library
from ftbot.merged import PREFIX
from ftbot.standin import StandIn, eventually
from ftbot.store.tables import NOTES
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import RUNS_CHANNEL, TEAM_PROJECT, Running, running, settings_for, with_bot_tables
from tests.ftbot.github import LOGIN, REPOSITORY, TOKEN, GitHubStandIn, github

pytestmark = pytest.mark.anyio

SPEC = "specs/example.yaml"
SECRET = "webhook-secret"
LATER = 3600.0
POLICY = "  policy: {approvals: {count: 1, from: ['group:leads']}}\n"


def git(directory: Path, *words: str) -> str:
    named = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", str(directory), *named, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Repository:
    """The bot's workspace as a clone of ``origin``, and ``desk``, where people commit and merge."""

    def __init__(self, project: Workspace, folder: Path) -> None:
        self.project, root = project, project.root
        (root / ".gitignore").write_text(".ftsdk/\n")
        git(root, "init", "-q", "-b", "main")
        git(root, "add", ".")
        git(root, "commit", "-qm", "first")
        self.origin, self.desk, self.root = folder / "origin.git", folder / "desk", root
        git(folder, "clone", "-q", "--bare", str(root), str(self.origin))
        git(folder, "clone", "-q", str(self.origin), str(self.desk))

    def merge(self, changes: dict[str, str]) -> str:
        """Change files on a branch and merge it, as GitHub does; returns the merge's commit."""
        git(self.desk, "checkout", "-qb", "change")
        for name, text in changes.items():
            (self.desk / name).write_text(text)
        git(self.desk, "commit", "-qam", "change")
        git(self.desk, "checkout", "-q", "main")
        git(self.desk, "merge", "-q", "--no-ff", "change", "-m", "Merge")
        git(self.desk, "branch", "-qD", "change")
        git(self.desk, "push", "-q", "origin", "main")
        return git(self.desk, "rev-parse", "HEAD")

    def text(self, name: str = SPEC) -> str:
        return (self.desk / name).read_text()


@pytest.fixture
def repository(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with with_bot_tables(migrated, {"ftsdk.yaml": TEAM_PROJECT}) as project:
        answers = {"local": project.provider("local")}  # a model that says what is scripted
        monkeypatch.setattr(ftsdk, "open", lambda root: Workspace(root, providers=answers, poll_seconds=0.0))
        yield Repository(project, tmp_path)


@asynccontextmanager
async def watching(slack: StandIn, repository: Repository, hub: GitHubStandIn, **given: Any) -> AsyncIterator[Running]:
    settings = settings_for(
        slack, repository.project, github_repository=REPOSITORY, github_token=TOKEN, github_url=hub.url,
        github_webhook_secret=SECRET, watch_branch="main", watch_remote=str(repository.origin), watch_seconds=LATER,
        **given,
    )  # fmt: skip
    hub.head = git(repository.desk, "rev-parse", "HEAD")
    async with running(slack, settings, "http") as found:
        await found.bot.watch()
        yield found


def told(hub: GitHubStandIn, pull: int) -> str:
    ours = [one["body"] for one in hub.comments.get(pull, []) if one["user"]["login"] == LOGIN]
    assert len(ours) == 1, "one comment, edited in place"
    return str(ours[0])


def runs(bot: Bot) -> list[str]:
    return [run.row.requested_by or "" for run in bot.library.runs()]


async def test_a_merged_spec_is_applied_at_its_commit_and_its_pull_request_is_told(
    slack: StandIn, repository: Repository
) -> None:
    async with github() as hub, watching(slack, repository, hub) as found:
        assert runs(found.bot) == [], "what was there before is nobody's merge"
        commit = repository.merge({SPEC: repository.text() + "\n# changed\n"})
        hub.merge(commit, 128, "Ben-B")
        hub.said_by(128, "mallory", "<!-- ftbot:spec:" + hashlib.sha256(SPEC.encode()).hexdigest()[:12] + " -->\nmine")
        await found.bot.watch()
        assert git(repository.root, "rev-parse", "HEAD") == commit
        assert runs(found.bot) == ["github:Ben-B"]
        assert "`r1` was started" in told(hub, 128)
        assert commit[:12] in told(hub, 128)
        await found.bot.watch()
        assert len(runs(found.bot)) == 1
        found.bot.library.workspace.run("r1").wait()
        await found.bot.watch()
        assert "`r1` is done" in told(hub, 128)


async def test_a_spec_that_needs_people_waits_for_them_and_goes_on_when_they_agree(
    slack: StandIn, repository: Repository
) -> None:
    async with github() as hub, watching(slack, repository, hub) as found:
        changes = {SPEC: repository.text() + "\n# changed\n", "ftsdk.yaml": repository.text("ftsdk.yaml") + POLICY}
        hub.merge(repository.merge(changes), 129, "ben-b")
        await found.bot.watch()
        assert "waits for people" in told(hub, 129)
        assert runs(found.bot) == []
        workspace = found.bot.library.workspace
        (asked,) = workspace.approvals.list()
        workspace.approvals.decide(asked.digest, "slack:U0000ANA", "approve")
        await found.bot.watch()
        assert runs(found.bot) == ["github:ben-b"]
        assert "`r1` was started" in told(hub, 129)


async def test_who_is_not_known_starts_nothing(slack: StandIn, repository: Repository) -> None:
    async with github() as hub, watching(slack, repository, hub) as found:
        hub.merge(repository.merge({SPEC: repository.text() + "\n# changed\n"}), 130, "stranger")
        await found.bot.watch()
        assert "was not applied" in told(hub, 130)
        assert runs(found.bot) == []


async def test_a_spec_that_does_not_hold_is_told_with_its_findings(slack: StandIn, repository: Repository) -> None:
    async with github() as hub, watching(slack, repository, hub) as found:
        hub.merge(repository.merge({SPEC: repository.text().replace("model:", "modell:")}), 131, "ben-b")
        await found.bot.watch()
        assert "was not applied" in told(hub, 131)
        assert "modell" in told(hub, 131)


async def test_an_unprotected_branch_or_a_changed_workspace_applies_nothing(
    slack: StandIn, repository: Repository
) -> None:
    async with github() as hub, watching(slack, repository, hub) as found:
        before = git(repository.root, "rev-parse", "HEAD")
        hub.merge(repository.merge({SPEC: repository.text() + "\n# changed\n"}), 132, "ben-b")
        hub.protected = False
        with pytest.raises(ftsdk.errors.ProviderError, match="does not protect main"):
            await found.bot.watch()
        hub.protected = True
        (repository.root / SPEC).write_text("changed by hand")
        with pytest.raises(ftsdk.errors.UsageError, match="changed by hand"):
            await found.bot.watch()
        assert git(repository.root, "rev-parse", "HEAD") == before
        assert runs(found.bot) == []


async def test_a_push_that_github_signed_is_looked_at_once_and_others_are_refused(
    slack: StandIn, repository: Repository
) -> None:
    async with github() as hub, watching(slack, repository, hub) as found:
        hub.merge(repository.merge({SPEC: repository.text() + "\n# changed\n"}), 133, "ben-b")
        url = found.url.replace("/slack/events", "/github/events")
        body = json.dumps({"ref": "refs/heads/main", "repository": {"full_name": REPOSITORY}}).encode()
        signed = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        async with aiohttp.ClientSession() as session:
            for signature, status in (("", 401), ("sha256=ü", 401), (signed[:-1] + "x", 401), (signed, 202)):
                headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": signature}
                async with session.post(url, data=body, headers=headers) as answer:
                    assert answer.status == status
                if status == 401:
                    assert runs(found.bot) == []
        await eventually(lambda: hub.comments.get(133), 30)
        assert runs(found.bot) == ["github:ben-b"]


async def test_the_card_of_a_merged_spec_names_its_pull_request_and_commit(
    slack: StandIn, repository: Repository
) -> None:
    async with github() as hub, watching(slack, repository, hub, runs_channel=RUNS_CHANNEL) as found:
        commit = repository.merge({SPEC: repository.text() + "\n# changed\n"})
        hub.merge(commit, 134, "ben-b")
        await found.bot.watch()
        card = (await eventually(lambda: slack.messages(RUNS_CHANNEL)))[0]
        await eventually(lambda: f"PR 134 @ {commit[:7]}" in json.dumps(card.body))


async def test_two_replicas_on_one_repository_start_one_run_and_write_one_comment(
    slack: StandIn, repository: Repository
) -> None:
    async with (
        github() as hub,
        watching(slack, repository, hub) as one,
        watching(slack, repository, hub) as other,
    ):
        hub.merge(repository.merge({SPEC: repository.text() + "\n# changed\n"}), 135, "ben-b")
        for _round in range(2):
            looks = (bot.watch() for bot in (one.bot, other.bot, one.bot, other.bot))
            # Both move one clone here: git's lock lets one of them through, the other looks again at its next turn.
            for came in await asyncio.gather(*looks, return_exceptions=True):
                assert came is None or isinstance(came, ftsdk.FtsdkError)
        assert runs(one.bot) == ["github:ben-b"]
        assert "`r1` was started" in told(hub, 135)


async def test_a_process_that_died_between_applying_and_telling_leaves_one_run_that_is_told(
    slack: StandIn, repository: Repository
) -> None:
    async with github() as hub, watching(slack, repository, hub) as dead:
        hub.merge(repository.merge({SPEC: repository.text() + "\n# changed\n"}), 136, "ben-b")
        assert dead.bot.watching is not None
        stuck = asyncio.Event()

        async def tell(_settled: Any) -> Any:
            stuck.set()
            await asyncio.Event().wait()

        dead.bot.watching.__dict__["_tell"] = tell
        dying = asyncio.create_task(dead.bot.watch())
        await stuck.wait()
        assert runs(dead.bot) == ["github:ben-b"]
        assert hub.comments.get(136) is None
        async with watching(slack, repository, hub) as found:
            assert runs(found.bot) == ["github:ben-b"], "whoever holds it may live: it is left alone"
            its_lease_is_over(found.bot)
            await found.bot.watch()
            assert runs(found.bot) == ["github:ben-b"]
            assert "`r1` was started" in told(hub, 136)
            found.bot.library.workspace.run("r1").wait()
            await found.bot.watch()
            assert "`r1` is done" in told(hub, 136)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)


def its_lease_is_over(bot: Bot) -> None:
    """As if a process had died that many minutes ago."""
    with bot.store.database.begin() as connection:
        for row in connection.execute(select(NOTES).where(NOTES.c.name.startswith(PREFIX))).all():
            value = row.value | {"until": 0.0}
            connection.execute(update(NOTES).where(NOTES.c.name == row.name).values(value=value))


async def test_a_workspace_that_is_opened_anew_is_let_go_of_once_nobody_uses_it(project: Workspace) -> None:
    library, closed = Library(project.root), []
    for number in range(3):
        opened = library.workspace
        opened.__dict__["close"] = functools.partial(closed.append, number)
        await library.reopen()
        assert closed == list(range(number)), "whoever uses it goes on with it, until the next"
    library.close()
    assert closed == [0, 1, 2]


async def test_the_doctor_looks_at_the_watched_branch_and_the_clone(slack: StandIn, repository: Repository) -> None:
    async with github() as hub, watching(slack, repository, hub) as found:
        commit = hub.head[:12]
        for protected in (True, False):
            hub.protected = protected
            (one,) = [one for one in await examine(found.bot.settings) if one.what == "watched branch"]
            assert one.ok is protected
            assert (commit if protected else "does not protect main") in one.found
            assert protected or one.cure
