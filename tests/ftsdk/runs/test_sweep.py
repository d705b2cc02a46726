"""What accounts still hold of runs that are over: found by our mark, taken away on demand, never what is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ftsdk.errors import UsageError
from ftsdk.plan import operation_key
from ftsdk.runs import audit
from ftsdk.testing import workspace
from ftsdk.testing.example import right_answers
from ftsdk.workspace import Workspace
from tests.loopback_provider import LoopbackProvider
from tests.loopback_server import Jobs, serve

PROJECT = "apiVersion: ftsdk/v1\nkind: Project\nmetadata: {name: ours}\n"


@pytest.fixture
def account() -> Iterator[tuple[LoopbackProvider, Jobs]]:
    """An account at a provider whose tuned models need a deployment, and what it holds."""
    jobs = Jobs()
    server = serve(jobs)
    yield LoopbackProvider(server.server_address[1], tuned=right_answers(), serves=False), jobs
    server.shutdown()
    server.server_close()


@pytest.fixture
def ws(account: tuple[LoopbackProvider, Jobs]) -> Iterator[Workspace]:
    """The example project on that account."""
    with workspace(account[0], files={"ftsdk.yaml": PROJECT}) as opened:
        yield opened


def left(ws: Workspace) -> list[tuple[str, str]]:
    """Kind and id of everything that is left over."""
    return [(one.kind, one.id) for one in ws.orphans()[0]]


def test_jobs_files_and_deployments_of_nobody_are_found_and_taken_away(
    ws: Workspace, account: tuple[LoopbackProvider, Jobs]
) -> None:
    provider, jobs = account
    job = jobs.create(operation_key("ours", "gone", "ft1:0123456789abcdef"))["id"]
    jobs.put("files", "f" * 64)
    jobs.put("deployments", "tuned:forgotten")
    found, silent = ws.orphans()
    assert silent == ()
    assert {one.kind for one in found} == {"job", "file", "deployment"}
    assert all(ws.remove_orphan(one, actor="github:dana") for one in found)
    assert (left(ws), jobs.kept()) == ([], {"files": [], "deployments": []})
    assert next(one["state"] for one in provider.jobs() if one["id"] == job) == "cancelled"
    told = [(entry.actor, entry.action, entry.subject) for entry in audit.entries(ws.database)]
    assert ("github:dana", "orphan.removed", job) in told


def test_what_a_live_run_needs_is_no_orphan(ws: Workspace) -> None:
    run = ws.apply("specs/example.yaml")
    for event in run.watch():
        assert [one for one in left(ws) if one[0] != "file"] == [], event
    assert run.row.phase == "done"


def test_a_model_that_an_alias_stands_for_keeps_its_deployment(
    ws: Workspace, account: tuple[LoopbackProvider, Jobs]
) -> None:
    run = ws.apply("specs/example.yaml").wait()
    served = account[1].kept()["deployments"]
    assert served == [ws.resolve("example@production").model]
    assert [kind for kind, _id in left(ws)] == ["file"], "the training file is needed no more"
    assert run.ended


def test_a_job_of_another_project_is_left_alone(ws: Workspace, account: tuple[LoopbackProvider, Jobs]) -> None:
    account[1].create(operation_key("theirs", "example", "ft1:0123456789abcdef"))
    assert left(ws) == []


def test_an_orphan_that_a_run_comes_to_own_meanwhile_is_kept(
    ws: Workspace, account: tuple[LoopbackProvider, Jobs]
) -> None:
    """Listed, then adopted by a run that was started before anybody said yes."""
    account[1].create(ws.plan("specs/example.yaml").order.key)
    [orphan] = ws.orphans()[0]
    ws.apply("specs/example.yaml")
    assert not ws.remove_orphan(orphan)
    assert account[0].jobs()[0]["state"] == "running"


def test_a_provider_that_cannot_list_is_named(tmp_path: Path) -> None:
    with workspace() as scripted:
        assert scripted.orphans() == ((), ("local",))
        with pytest.raises(UsageError, match="no connection 'nowhere'"):
            scripted.orphans("nowhere")
