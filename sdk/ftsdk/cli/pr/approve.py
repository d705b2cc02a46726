"""`ft pr approve`: a comment `/ft approve DIGEST`, or an approving review of the head commit, becomes an approval."""

from __future__ import annotations

import json
import os
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ftsdk.cli.output import console
from ftsdk.cli.pr.github import github
from ftsdk.cli.pr.sticky import Planned, planned
from ftsdk.cli.since import open_trusted
from ftsdk.errors import PolicyDenied, UsageError

COMMAND = re.compile(r"^/ft approve ([0-9a-f]{8,64})\s*$", re.MULTILINE)


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    default = os.environ.get("GITHUB_EVENT_PATH")
    parser.add_argument("--event", metavar="FILE", type=Path, default=default, help="default: GITHUB_EVENT_PATH")
    parser.add_argument("--base", metavar="REF", help="revision whose ftsdk.yaml says who may approve")


def run(args: Namespace) -> int:
    """Record what the event says; an event that approves nothing is no error."""
    if args.event is None:
        raise UsageError("there is no event", help="run it in a workflow, or give --event")
    event = json.loads(Path(args.event).read_text("utf-8"))
    workspace = open_trusted(args.base)
    actor = f"github:{_login(event)}"
    approved = 0
    waiting = [approval.digest for approval in workspace.approvals.list()]
    for digest in _digests(event, workspace.project.spec.policy.github_reviews_approve, waiting):
        workspace.approvals.decide(digest, actor, "approve", "on the pull request")
        approved += 1
    console().print(f"{actor} approved {approved} of what waits" if approved else "this event approves nothing")
    return 0


def _login(event: dict[str, Any]) -> str:
    said = event.get("comment") or event.get("review") or {}
    login = said.get("user", {}).get("login", "")
    if not re.fullmatch(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}", login):
        raise UsageError("the event names nobody", help="use issue_comment or pull_request_review events")
    return str(login)


def _digests(event: dict[str, Any], reviews: bool, waiting: Collection[str]) -> Iterator[str]:
    if "comment" in event and event.get("action") == "created":
        typed = COMMAND.findall(event["comment"].get("body") or "")
        if typed:
            _require_planned_here(event, typed)
        yield from typed
    review = event.get("review") or {}
    if event.get("action") != "submitted" or review.get("state") != "approved":
        return
    if not reviews:
        raise PolicyDenied(
            "a review is no approval in this project; nothing was recorded",
            help="comment /ft approve DIGEST, or set policy.github_reviews_approve on the default branch",
        )
    number = int(event["pull_request"]["number"])
    head, shown = _look(event, number)
    # The event's own head is as old as the event: whoever pushed since has not been reviewed.
    if waiting and review.get("commit_id") == head:
        planned_here = _at_head(number, head, shown)
        yield from (digest for digest in waiting if planned_here.names(digest.removeprefix("sha256:")))


def _require_planned_here(event: dict[str, Any], digests: list[str]) -> None:
    """A comment approves what the pull request under it plans, as of its newest commit; PolicyDenied otherwise."""
    issue = event.get("issue") or {}
    if "pull_request" not in issue:
        help = "comment on the pull request that shows the plan, or use `ft approve`"
        raise PolicyDenied("the comment is on an issue and no pull request; nothing was recorded", help=help)
    number = int(issue["number"])
    shown = _at_head(number, *_look(event, number))
    for digest in digests:
        if not shown.names(digest):
            raise PolicyDenied(
                f"{digest[:12]} is no plan of pull request {number}; nothing was recorded",
                help="approve a digest that the comment with the plan shows",
            )


def _look(event: dict[str, Any], number: int) -> tuple[str, Planned | None]:
    """The newest commit of a pull request, as GitHub has it now, and what the comment with the plan says."""
    with github((event.get("repository") or {}).get("full_name")) as (repository, login):
        return repository.get_pull(number).head.sha, planned(repository.get_issue(number), login)


def _at_head(number: int, head: str, shown: Planned | None) -> Planned:
    if shown is not None and shown.head == head:
        return shown
    was = "has no plan" if shown is None else f"shows the plan of {shown.head[:12] or 'no commit'}"
    raise PolicyDenied(
        f"pull request {number} {was} and its head is {head[:12]}; nothing was recorded",
        help="wait until the Action has planned the newest commit, then approve the digest that it shows",
    )
