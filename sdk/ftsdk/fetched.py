"""Rows that lie elsewhere: looked at and brought here before planning, and what a plan says of what was seen."""

from __future__ import annotations

from collections.abc import Sequence

from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import FtsdkError, SpecError
from ftsdk.plan.snapshot import DataSeen, Snapshot
from ftsdk.spec import SpecFile
from ftsdk.spec.places import error, warning
from ftsdk.spec.remote import addressed, is_address, kept_copy, pinned_files


def look(specs: Sequence[SpecFile]) -> tuple[DataSeen, ...]:
    """What every address of rows holds now, by its hash; what has changed or is not here yet is fetched."""
    found = {address for spec_file in specs for address in addressed(spec_file.spec)}
    return tuple(_look_at(address) for address in sorted(found))


def _look_at(address: str) -> DataSeen:
    from ftsdk.providers.objects import local_copy

    try:
        return DataSeen(address=address, sha256=local_copy(address).name)
    except FtsdkError as reason:
        return DataSeen(address=address, sha256=None, error=reason.message)


def remote_findings(spec_file: SpecFile, snapshot: Snapshot) -> tuple[Diagnostic, ...]:
    """What is unknown of rows elsewhere, or has changed there; asks nobody.

    Raises SpecError for rows that are not on this machine with the hash that the spec gives.
    """
    found, missing = [], []
    for path, name, sha256 in pinned_files(spec_file.spec):
        if sha256 is None or not is_address(name):
            continue
        seen, place = snapshot.data_at(name), spec_file.place(*path)
        unknown = "the snapshot has not looked there" if seen is None else seen.error
        if not kept_copy(sha256).is_file():
            why = unknown or "what is there now has another hash"
            message = f"the rows at {name} with this hash are not on this machine: {why}"
            missing.append(error("data/not-here", message, place, "plan with the network, or write the new hash here"))
        elif unknown:
            message = f"what is at {name} now is unknown: {unknown}"
            help = "the rows with this hash are here and are used; plan again to look there"
            found.append(warning("plan/not-observed", message, place, help))
        elif seen is not None and seen.sha256 != sha256:
            message = f"{name} has other rows now, with the sha256 {seen.sha256}"
            help = "the rows with the hash that is written here are used; write the other one to train on those"
            found.append(warning("data/replaced", message, place, help))
    if missing:
        raise SpecError(f"{spec_file.path}: {missing[0].message}", findings=tuple(missing), help=missing[0].help)
    return tuple(found)
