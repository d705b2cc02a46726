"""Rules across the fields of ftsdk.yaml: who is named is there, and no account belongs to two people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec.document import Document
from ftsdk.spec.model import FineTuneBody
from ftsdk.spec.places import Path, error
from ftsdk.spec.suggest import did_you_mean

ACCOUNTS = ("slack", "github", "oidc")
# Longer ones are refused by their type; a hostile one must not make the rules slow.
MAX_ENTRIES = 1000
MAX_DEFAULTS = 64


def project_rules(document: Document) -> Iterator[Diagnostic]:
    """Every finding of every rule."""
    yield from _defaults(document)
    yield from _accounts(document)
    people = list(_mapping(document, "people"))
    for group, declared in _mapping(document, "groups").items():
        yield from _strangers(
            document, ("spec", "groups", group, "people"), declared, "people", people, "spec/unknown-person"
        )
    approvers = [f"group:{name}" for name in _mapping(document, "groups")] + [f"person:{name}" for name in people]
    for team, declared in _mapping(document, "teams").items():
        yield from _strangers(
            document, ("spec", "teams", team, "owners"), declared, "owners", approvers, "spec/unknown-approver"
        )
    policy = _mapping(document, "policy")
    yield from _strangers(
        document,
        ("spec", "policy", "approvals", "from"),
        policy.get("approvals"),
        "from",
        approvers,
        "spec/unknown-approver",
    )
    yield from _strangers(
        document, ("spec", "policy", "overrides_from"), policy, "overrides_from", approvers, "spec/unknown-approver"
    )


def _mapping(document: Document, key: str) -> dict[str, Any]:
    found = document.get("spec", key)
    return found if isinstance(found, dict) else {}


def _defaults(document: Document) -> Iterator[Diagnostic]:
    """Defaults are parts of specs: whatever they say has to fit, though they need not say all."""
    entries = document.get("spec", "defaults")
    for index, entry in enumerate(entries[:MAX_DEFAULTS] if isinstance(entries, tuple) else ()):
        part = entry.get("spec") if isinstance(entry, dict) else None
        if not isinstance(part, dict):
            continue
        from ftsdk.spec.explain import explain  # most projects have no defaults

        for misfit in explain(FineTuneBody, part, ("spec", "defaults", index, "spec")):
            if misfit.code != "spec/missing-key":
                place = document.key_place(misfit.path) if misfit.at_key else document.place(misfit.path)
                yield error(misfit.code, misfit.message, place, misfit.help)


def _accounts(document: Document) -> Iterator[Diagnostic]:
    """Approvals count people: an account that two share would count twice."""
    first: dict[tuple[str, str], str] = {}
    for name, person in list(_mapping(document, "people").items())[:MAX_ENTRIES]:
        for kind in ACCOUNTS if isinstance(person, dict) else ():
            account = person.get(kind)
            if not isinstance(account, str):
                continue
            # GitHub logins are the same in any case.
            owner = first.setdefault((kind, account.lower() if kind == "github" else account), name)
            if owner != name:
                here, there = (document.place(("spec", "people", one, kind)) for one in (name, owner))
                message = f"the {kind} account '{account[:80]}' is also that of {owner[:80]}"
                yield error("spec/same-account", message, here, "one account belongs to one person", (there,))


def _strangers(
    document: Document, path: Path, holder: Any, key: str, known: list[str], code: str
) -> Iterator[Diagnostic]:
    names = holder.get(key) if isinstance(holder, dict) else None
    for index, name in enumerate(names[:MAX_ENTRIES] if isinstance(names, tuple) else ()):
        if isinstance(name, str) and name not in known:
            help = did_you_mean(name, known, "known in this file")
            yield error(code, f"nobody in this file is '{name[:80]}'", document.place((*path, index)), help)
