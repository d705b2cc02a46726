"""Alias names (``spec@alias``) and the documents behind them."""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic import ValidationError

from ftsdk.errors import FtsdkError, UsageError
from ftsdk.registry.value import Resolved

ALIAS = re.compile(r"([a-z0-9-]{1,63})@([a-z0-9-]{1,63})")


def split_alias(name: str) -> tuple[str, str]:
    """``tickets@production`` -> (``tickets``, ``production``); raises UsageError for anything else."""
    match = ALIAS.fullmatch(name)
    if match is None:
        raise UsageError(
            f"{name!r} is not an alias", help="an alias is called SPEC@ALIAS, for example tickets@production"
        )
    return match[1], match[2]


def alias_key(name: str) -> str:
    """The artefact that holds an alias's document."""
    return f"aliases/{'@'.join(split_alias(name))}.json"


def read_alias(name: str, fetch: Callable[[str], bytes | None]) -> Resolved:
    """What ``name`` stands for; ``fetch`` brings an artefact. Raises UsageError when it was never promoted."""
    document = fetch(alias_key(name))
    if document is None:
        raise UsageError(
            f"nothing was ever promoted to {name}",
            help="`ft runs` shows what could be; `ft promote RUN --alias ALIAS` or a passed gate promotes it",
        )
    try:
        return Resolved.model_validate_json(document)
    except ValidationError as error:
        raise FtsdkError(
            f"the document of {name} is damaged ({error.error_count()} problems)",
            help="promote the run again; the store still has it",
        ) from error
