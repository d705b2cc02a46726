"""`ft pr comment`: one comment with the plan, found by its hidden marker and edited in place."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.output import console
from ftsdk.cli.plan import read_plans
from ftsdk.cli.pr.github import github
from ftsdk.cli.pr.sticky import ours
from ftsdk.report.pull_request import pull_request


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("plan", metavar="FILE", type=Path, help="plan.json of `ft plan --out`")
    parser.add_argument("--number", metavar="N", type=int, required=True, help="number of the pull request")
    parser.add_argument("--repository", metavar="OWNER/NAME", help="default: GITHUB_REPOSITORY")
    parser.add_argument("--head", default=os.environ.get("FT_HEAD", ""), metavar="SHA", help="commit that was planned")
    parser.add_argument("--base", default=os.environ.get("FT_BASE", ""), metavar="SHA", help="commit it goes onto")


def run(args: Namespace) -> int:
    """Edit the comment that is there, or write the first; older ones with the marker are removed."""
    found = read_plans(args.plan).model_copy(update={"head": args.head, "base": args.base})
    text = pull_request(found)
    with github(args.repository) as (repository, login):
        issue = repository.get_issue(args.number)
        written = ours(issue, login)
        for older in written[1:]:
            older.delete()
        if not written:
            issue.create_comment(text)
        elif written[0].body != text:
            written[0].edit(text)
    console().print(f"the plan is on pull request {args.number}")
    return 0
