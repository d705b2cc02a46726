"""Data files at s3://, gs:// and az:// addresses, brought into a cache by content and found there again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ftsdk.data.written import written_whole
from ftsdk.errors import ProviderError, UsageError, WrongHash
from ftsdk.providers.files import explained, write_whole
from ftsdk.spec.remote import cache_directory

if TYPE_CHECKING:
    from obstore.store import ObjectStore

Found = TypeVar("Found")
Watcher = Callable[[int, int], None]

SCHEMES = ("s3", "gs", "az")
PART = 8 << 20  # bytes a request; each is its own request, so none runs into a client's time limit
RETRIES, PATIENCE = 3, timedelta(seconds=20)


def local_copy(
    where: str, *, sha256: str | None = None, cache: Path | None = None, progress: Watcher | None = None
) -> Path:
    """A path at which the file ``where`` can be read: itself when it is a path, else its copy in the cache.

    The copy is kept under its sha256; an object is fetched again only when its ETag has changed, and with ``sha256``
    the network is not asked at all once it is here. Credentials and endpoint come from the environment, as the
    clouds' own tools read them. Raises UsageError, ProviderError or WrongHash.
    """
    scheme, separator, _rest = where.partition("://")
    if not separator:
        return Path(where)
    if scheme not in SCHEMES:
        raise UsageError(f"cannot read from {scheme}://", help=f"give a path, or {', '.join(SCHEMES)}://BUCKET/KEY")
    kept = cache_directory(cache) / "data"
    if sha256 and (at_hand := kept / sha256).exists():
        return at_hand
    with explained("keep data files", kept):
        kept.mkdir(parents=True, exist_ok=True)
        path = _fetched(where, kept, progress)
    if sha256 and path.name != sha256:
        raise WrongHash(
            f"{where} has another content (sha256 {path.name[:16]}...) than was written down ({sha256[:16]}...)",
            help="somebody replaced it; look at it, then write its sha256 down again",
        )
    return path


def _fetched(where: str, kept: Path, progress: Watcher | None) -> Path:
    """The object's copy, from the cache when its ETag and size are those that were seen last."""
    store, key = _store(where)
    note = kept / f"{hashlib.sha256(where.encode()).hexdigest()}.json"
    head = _asked(where, lambda: _head(store, key))
    now = {"address": where, "e_tag": head["e_tag"], "size": head["size"]}
    if note.exists():
        seen = json.loads(note.read_text("utf-8"))
        if seen | now == seen and head["e_tag"] and (kept / seen["sha256"]).exists():
            return kept / str(seen["sha256"])
    digest = _downloaded(where, store, key, head, kept, progress)
    write_whole(note, json.dumps(now | {"sha256": digest}).encode())
    return kept / digest


def _downloaded(
    where: str, store: ObjectStore, key: str, head: dict[str, Any], kept: Path, progress: Watcher | None
) -> str:
    hashed, size = hashlib.sha256(), head["size"]
    aside = kept / f"arriving-{hashlib.sha256(where.encode()).hexdigest()}"
    with written_whole(aside) as file:
        for start in range(0, size, PART):
            end = min(start + PART, size)
            part = _asked(where, partial(_part, store, key, start, end, head["e_tag"]))
            hashed.update(part)
            file.write(part)
            if progress:
                progress(end, size)
    aside.replace(kept / hashed.hexdigest())
    return hashed.hexdigest()


def _store(where: str) -> tuple[ObjectStore, str]:
    from obstore.store import from_url

    bucket, _, key = where.partition("://")[2].partition("/")
    if not bucket or not key or key.endswith("/"):
        raise UsageError(f"{where} names no object", help="give the whole address: s3://BUCKET/KEY")
    address = f"{where.partition('://')[0]}://{bucket}"
    try:
        return from_url(address, retry_config={"max_retries": RETRIES, "retry_timeout": PATIENCE}), key
    except Exception as reason:
        raise UsageError(f"cannot open {address}: {_first_line(reason)}", help="check the address") from reason


def _head(store: ObjectStore, key: str) -> dict[str, Any]:
    import obstore

    return dict(obstore.head(store, key))


def _part(store: ObjectStore, key: str, start: int, end: int, e_tag: str | None) -> bytes:
    import obstore

    options: dict[str, Any] = {"range": (start, end)} | ({"if_match": e_tag} if e_tag else {})
    return bytes(obstore.get(store, key, options=options).bytes())  # type: ignore[arg-type]


# obstore's exceptions -> what happened, next step.
_REFUSALS: dict[str, tuple[str, str]] = {
    "NotFoundError": ("there is no such object", "check bucket and key"),
    "FileNotFoundError": ("there is no such object", "check bucket and key"),
    "PermissionDeniedError": ("reading it is not allowed", "ask for read permission on it"),
    "UnauthenticatedError": ("the credentials were not taken", "check the credentials in the environment"),
    "PreconditionError": ("it was replaced while it was read", "give the same command again"),
}


def _asked(where: str, question: Callable[[], Found]) -> Found:
    try:
        return question()
    except Exception as reason:
        what, help = _REFUSALS.get(
            type(reason).__name__, (_first_line(reason), "check the network, the endpoint and the credentials")
        )
        raise ProviderError(f"cannot read {where}: {what}; nothing was kept", help=help) from reason


def _first_line(reason: Exception) -> str:
    lines = str(reason).strip().splitlines()
    return lines[0][:200] if lines else type(reason).__name__
