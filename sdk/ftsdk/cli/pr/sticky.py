"""The one comment with the plan on a pull request: which it is, and which head and plans it says."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ftsdk.report.pull_request import MARKER

SAID = re.compile(re.escape(MARKER) + r" head=([0-9a-f]*) base=[0-9a-f]* plan=([0-9a-f,]*) -->")


class Planned(NamedTuple):
    """The commit that was planned, and the first digits of each digest."""

    head: str
    digests: tuple[str, ...]

    def names(self, digest: str) -> bool:
        """Whether a digest, or its first digits, is of one of these plans."""
        return any(digest.startswith(each) or each.startswith(digest) for each in self.digests)


def ours(issue: Any, login: str | None) -> list[Any]:
    """The comments with a plan, oldest first, that this token, or else a bot, wrote: anybody can type a marker."""
    return [comment for comment in issue.get_comments() if _is_ours(comment, login)]


def planned(issue: Any, login: str | None) -> Planned | None:
    """What the comment says; None where there is none."""
    for comment in ours(issue, login):
        said = SAID.match(comment.body)
        if said is not None:
            return Planned(said[1], tuple(filter(None, said[2].split(","))))
    return None


def _is_ours(comment: Any, login: str | None) -> bool:
    by_us = comment.user.login == login if login is not None else comment.user.type == "Bot"
    return bool(by_us and comment.body.startswith(MARKER))
