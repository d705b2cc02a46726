"""Who is who: one person may have a Slack id, a GitHub login and an OIDC subject; accounts are not people."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping

from ftsdk.spec.people import Group, Person


class People:
    """The people of a project, found by any of their accounts.

    An actor is ``slack:USER`` or ``slack:TEAM/USER``, ``github:LOGIN``, ``oidc:SUBJECT`` or ``cli:USER@HOST``; the last
    speaks for the person of that name, and only where ``local_identity`` allows it.
    """

    def __init__(
        self, people: Mapping[str, Person], groups: Mapping[str, Group], *, local_identity: bool = False
    ) -> None:
        self._groups = groups
        self._slack = {name: person.slack for name, person in people.items() if person.slack}
        self._names = {actor: name for name, person in people.items() for actor in _accounts(person)}
        if local_identity:
            self._names |= {f"cli:{name}": name for name in people}

    def of(self, actor: str) -> str | None:
        """The name of the person whose account this is; None for an account that nobody mapped."""
        return self._names.get(_plain(actor))

    def may_approve(self, name: str, approvers: tuple[str, ...]) -> bool:
        """Whether a person is named (``person:dana``), or in a group that is named (``group:ml-leads``)."""
        in_groups = {f"group:{group}" for group, members in self._groups.items() if name in members.people}
        return not {f"person:{name}", *in_groups}.isdisjoint(approvers)

    def deciders(self, approvers: tuple[str, ...]) -> tuple[str, ...]:
        """The names of everybody who is meant by ``person:NAME`` and ``group:NAME``, in alphabetical order."""
        named = {one.removeprefix("person:") for one in approvers if one.startswith("person:")}
        groups = [one.removeprefix("group:") for one in approvers if one.startswith("group:")]
        members = {name for group in groups if group in self._groups for name in self._groups[group].people}
        return tuple(sorted(named | members))

    def slack(self, name: str) -> str | None:
        """A person's Slack user id; None where the project names none."""
        return self._slack.get(name)

    @property
    def anybody(self) -> bool:
        """Whether the project names people at all."""
        return bool(self._names)


def this_actor() -> str:
    """This machine's user, ``cli:user@host``: says who asked, and is no proof of it."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user id without a name
        user = "unknown"
    return f"cli:{user}@{socket.gethostname()}"


def _accounts(person: Person) -> list[str]:
    accounts = {"slack": person.slack, "github": person.github and person.github.casefold(), "oidc": person.oidc}
    return [f"{kind}:{account}" for kind, account in accounts.items() if account]


def _plain(actor: str) -> str:
    """An actor without what an account is qualified by: Slack's team, the terminal's host; logins in one case."""
    kind, _, account = actor.partition(":")
    if kind == "slack":
        account = account.rpartition("/")[2]
    elif kind == "github":
        account = account.partition("@")[0].casefold()
    elif kind == "cli":
        account = account.partition("@")[0]
    return f"{kind}:{account}"
