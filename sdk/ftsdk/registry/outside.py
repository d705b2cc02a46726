"""Aliases without a workspace: `FTSDK_ALIASES` names a file, a directory or a URL, and that is all there is to it."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal
from urllib.error import HTTPError

from pydantic import ValidationError

from ftsdk.errors import ProviderUnavailable, UsageError
from ftsdk.registry.aliases import alias_key, read_alias
from ftsdk.registry.value import Resolved
from ftsdk.values import Value

VARIABLE = "FTSDK_ALIASES"
SECONDS = 10.0


class AliasFile(Value):
    """All aliases of a project in one file, to commit or mount; written by `ft aliases export`."""

    format_version: Literal["1"] = "1"
    aliases: dict[str, Resolved]


def resolve_outside(name: str, environment: Mapping[str, str] = os.environ) -> Resolved | None:
    """What ``name`` stands for by `FTSDK_ALIASES`; None where that is not set.

    It is a file of `ft aliases export`, one alias's document, a directory of such documents, or an http(s) address of
    any of these. Raises UsageError when the alias is not there, ProviderUnavailable when the address does not answer.
    """
    where = environment.get(VARIABLE)
    if not where:
        return None
    if where.endswith(".json"):
        content = _fetcher(where)("")
        if content is None:
            raise UsageError(f"{VARIABLE} names {where}, which is not there", help="write it with `ft aliases export`")
        return _of_file(content, name, where)
    fetch = _fetcher(where.rstrip("/"))
    return read_alias(name, lambda key: fetch(f"/{key}") or fetch(f"/{key.removeprefix('aliases/')}"))


def _of_file(content: bytes, name: str, where: str) -> Resolved:
    alias_key(name)  # says when it is no name of an alias
    try:
        known = AliasFile.model_validate_json(content).aliases
    except ValidationError:
        try:
            alone = Resolved.model_validate_json(content)
        except ValidationError as error:
            raise UsageError(
                f"{where} holds no aliases that can be read ({error.error_count()} problems)",
                help="write it with `ft aliases export`",
            ) from error
        known = {alone.alias: alone}
    if name not in known:
        raise UsageError(f"{where} has no alias {name}", help=f"it has: {', '.join(sorted(known)) or 'none'}")
    return known[name]


def _fetcher(where: str) -> Callable[[str], bytes | None]:
    if where.startswith(("http://", "https://")):
        return lambda key: _download(where + key)
    return lambda key: _read(Path(where + key))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", help=f"correct {VARIABLE}") from error


def _download(url: str) -> bytes | None:
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as response:
            return bytes(response.read())
    except HTTPError as error:
        if error.code in (403, 404):  # object stores say 403 for what is not there
            return None
        raise ProviderUnavailable(f"{url} answers {error.code}", help="try again") from error
    except OSError as error:
        raise ProviderUnavailable(
            f"{url} does not answer: {error}", help=f"correct {VARIABLE}, or try again"
        ) from error
