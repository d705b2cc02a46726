"""`ft pr approve` takes a comment on a pull request that plans the digest at its head, and nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ftsdk.errors import ApprovalNeeded
from ftsdk.plan.value import Plan, PlanSet
from ftsdk.report.pull_request import MARKER, pull_request
from ftsdk.testing.example import example_files
from ftsdk.workspace import Workspace
from tests.ftsdk.cli.conftest import RunFt

EXAMPLE = "specs/example.yaml"
PROJECT = """apiVersion: ftsdk/v1
kind: Project
spec:
  people: {dana: {github: dana}, omar: {github: omar}}
  policy: {github_reviews_approve: REVIEWS, approvals: {count: 1, from: ['person:omar']}}
"""
HEAD, OLDER = "a" * 40, "b" * 40


class GitHub:
    """A repository with pull request 7, whose head and comments a test says."""

    def __init__(self) -> None:
        self.head = HEAD
        self.comments: list[dict[str, Any]] = []
        self.url = ""

    def answer(self, path: str) -> Any:
        at = f"{self.url}/repos/us/specs"
        return {
            "/repos/us/specs": {"full_name": "us/specs", "url": at},
            "/user": {"login": "ft-bot"},
            "/repos/us/specs/pulls/7": {"url": f"{at}/pulls/7", "number": 7, "head": {"sha": self.head}},
            "/repos/us/specs/issues/7": {"url": f"{at}/issues/7", "number": 7},
            "/repos/us/specs/issues/7/comments": self.comments,
        }.get(path.partition("?")[0])


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    found = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = found.answer(self.path)
            data = json.dumps({"message": "Not Found"} if body is None else body).encode()
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://localhost:{server.server_port}"
    monkeypatch.setenv("GITHUB_API_URL", found.url)
    monkeypatch.setenv("GITHUB_TOKEN", "bot")
    yield found
    server.shutdown()
    server.server_close()


def asked(root: Path, *, reviews: bool = False) -> Plan:
    """The example's plan, which waits for omar."""
    files = {**example_files(), "ftsdk.yaml": PROJECT.replace("REVIEWS", str(reviews).lower())}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    ws = Workspace(root)
    with pytest.raises(ApprovalNeeded):
        ws.apply(EXAMPLE, actor="github:dana")
    return ws.plan(EXAMPLE)


def said(plan: Plan, head: str = HEAD, login: str = "ft-bot") -> dict[str, Any]:
    """The comment with the plan."""
    body = pull_request(PlanSet(plans=(plan,), head=head))
    return {"id": 1, "body": body, "user": {"login": login, "type": "User"}}


def event(root: Path, digest: str, login: str = "omar", *, on_pull: bool = True) -> str:
    path = root / "event.json"
    issue = {"number": 7, **({"pull_request": {}} if on_pull else {})}
    comment = {"body": f"/ft approve {digest}", "user": {"login": login}}
    path.write_text(json.dumps({
        "action": "created", "issue": issue, "comment": comment, "repository": {"full_name": "us/specs"},
    }))  # fmt: skip
    return str(path)


def review(root: Path, of: str = HEAD, login: str = "omar", state: str = "approved", event_head: str = HEAD) -> str:
    path = root / "review.json"
    path.write_text(json.dumps({
        "action": "submitted", "repository": {"full_name": "us/specs"},
        "review": {"state": state, "commit_id": of, "user": {"login": login}},
        "pull_request": {"number": 7, "head": {"sha": event_head}},
    }))  # fmt: skip
    return str(path)


def digits(plan: Plan) -> str:
    return plan.digest.removeprefix("sha256:")[:12]


def test_a_comment_of_a_mapped_person_at_the_head_approves(github: GitHub, tmp_path: Path, run_ft: RunFt) -> None:
    plan = asked(tmp_path)
    github.comments = [said(plan)]
    done = run_ft(tmp_path, "pr", "approve", "--event", event(tmp_path, digits(plan)))
    assert done.code == 0 and "github:omar approved 1" in done.out, done.err
    assert Workspace(tmp_path).approvals.list() == ()


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("issue", "on an issue and no pull request"),
        ("older", f"shows the plan of {OLDER[:12]}"),
        ("none", "pull request 7 has no plan"),
        ("forged", "pull request 7 has no plan"),
        ("other", "is no plan of pull request 7"),
        ("requester", "dana"),
    ],
)
def test_nothing_else_does(github: GitHub, tmp_path: Path, run_ft: RunFt, case: str, sentence: str) -> None:
    plan = asked(tmp_path)
    other = {"id": 2, "body": f"{MARKER} head={HEAD} base= plan={'0' * 12} -->", "user": {"login": "ft-bot"}}
    github.comments = {
        "older": [said(plan, OLDER)], "none": [], "forged": [said(plan, login="eve")], "other": [other],
    }.get(case, [said(plan)])  # fmt: skip
    login = "dana" if case == "requester" else "omar"
    words = event(tmp_path, digits(plan), login, on_pull=case != "issue")
    done = run_ft(tmp_path, "pr", "approve", "--event", words)
    assert done.code != 0 and sentence in " ".join(done.err.split())
    assert len(Workspace(tmp_path).approvals.list()) == 1


def test_an_approving_review_of_the_head_approves_what_is_planned_there(
    github: GitHub, tmp_path: Path, run_ft: RunFt
) -> None:
    github.comments = [said(asked(tmp_path, reviews=True))]
    done = run_ft(tmp_path, "pr", "approve", "--event", review(tmp_path))
    assert done.code == 0 and "github:omar approved 1" in done.out, done.err
    assert Workspace(tmp_path).approvals.list() == ()


@pytest.mark.parametrize(
    ("case", "code", "sentence"),
    [
        ("moved", 0, "this event approves nothing"),
        ("older", 0, "this event approves nothing"),
        ("comment", 0, "this event approves nothing"),
        ("another plan", 0, "this event approves nothing"),
        ("not planned", 11, f"shows the plan of {OLDER[:12]}"),
        ("forbidden", 11, "a review is no approval in this project"),
        ("requester", 11, "dana"),
    ],
)
def test_no_other_review_does(
    github: GitHub, tmp_path: Path, run_ft: RunFt, case: str, code: int, sentence: str
) -> None:
    """Of a head that moved after the event GitHub is believed, and not the event."""
    plan = asked(tmp_path, reviews=case != "forbidden")
    other = {"id": 2, "body": f"{MARKER} head={HEAD} base= plan={'0' * 12} -->", "user": {"login": "ft-bot"}}
    github.comments = [other if case == "another plan" else said(plan, OLDER if case == "not planned" else HEAD)]
    if case == "moved":
        github.head = OLDER
    words = review(
        tmp_path,
        of=OLDER if case == "older" else HEAD,
        login="dana" if case == "requester" else "omar",
        state="commented" if case == "comment" else "approved",
    )
    done = run_ft(tmp_path, "pr", "approve", "--event", words)
    assert (done.code, sentence in " ".join((done.out + done.err).split())) == (code, True), done.out + done.err
    assert len(Workspace(tmp_path).approvals.list()) == 1
