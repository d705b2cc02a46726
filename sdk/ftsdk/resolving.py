"""What an application calls: an alias -> model, prompt and parameters; of `FTSDK_ALIASES` it loads pydantic alone."""

from __future__ import annotations

from ftsdk.registry import Resolved, resolve_outside, split_alias


def resolve(alias: str) -> Resolved:
    """What ``spec@alias`` stands for: by `FTSDK_ALIASES`, else in the workspace around the working directory.

    Raises UsageError for what is no alias and where nothing was ever promoted to it.
    """
    split_alias(alias)
    found = resolve_outside(alias)
    if found is not None:
        return found
    from ftsdk.workspace import open

    return open().resolve(alias)
