"""Who is who: one person may have a Slack id, a GitHub login and an OIDC subject; accounts are not people."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping

from ftsdk.values import Value


class Person(Value):
    """One human being of ``people:`` in ftsdk.yaml: the accounts that speak for them, the groups they are in.

    ``accounts`` are actors: ``slack:T123/U456``, ``github:octocat``, ``oidc:subject``, ``cli:user@host``.
    """

    name: str
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class People:
    """The people of a project, found by any of their accounts."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._people = dict(people)
        self._by_account = {account.casefold(): person for person in people.values() for account in person.accounts}

    def of(self, actor: str) -> Person | None:
        """The person whose account this is; None for an account that nobody mapped."""
        return self._by_account.get(actor.casefold())

    def may_approve(self, person: Person, approvers: tuple[str, ...]) -> bool:
        """Whether a person is named, or in a group that is named (``group:ml-leads``)."""
        named = {f"group:{group}" for group in person.groups} | {person.name}
        return not named.isdisjoint(approvers)


def this_actor() -> str:
    """This machine's user, ``cli:user@host``: says who asked, and is no proof of it."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user id without a name
        user = "unknown"
    return f"cli:{user}@{socket.gethostname()}"
