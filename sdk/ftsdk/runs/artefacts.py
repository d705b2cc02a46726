"""Files that runs leave (datasets by hash, comparisons, alias documents), in a directory or an object store."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ftsdk.errors import FtsdkError, UsageError


class Artefacts:
    """Objects by key below ``url``: a directory (relative ones start at ``root``) or any URL that obstore knows."""

    def __init__(self, url: str, root: Path) -> None:
        from obstore.store import LocalStore, from_url

        self.directory = None if "://" in url else (root / url).resolve()
        try:
            self._store = LocalStore(self.directory, mkdir=True) if self.directory else from_url(url)
        except Exception as error:
            raise UsageError(
                f"cannot open the artefacts at {url}: {error}", help="see spec.store in ftsdk.yaml"
            ) from error

    def put(self, key: str, content: bytes) -> None:
        """Write an object whole; a reader never sees half of it."""
        import obstore

        try:
            obstore.put(self._store, key, content)
        except Exception as error:
            raise FtsdkError(
                f"cannot write the artefact {key}: {error}; what was there before is unchanged",
                help="free some space or mend the permissions, then give the same command again",
            ) from error

    def put_once(self, prefix: str, content: bytes, suffix: str) -> tuple[str, str]:
        """Write content under its own hash unless it is there; returns (key, sha256)."""
        digest = hashlib.sha256(content).hexdigest()
        key = f"{prefix}/sha256/{digest}{suffix}"
        if self.get(key) != content:
            self.put(key, content)
        return key, digest

    def get(self, key: str) -> bytes | None:
        """An object's content, or None when there is none."""
        import obstore

        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            return None

    def keys(self, prefix: str) -> tuple[str, ...]:
        """The keys of all objects below ``prefix``."""
        import obstore

        return tuple(str(found["path"]) for chunk in obstore.list(self._store, prefix) for found in chunk)

    def path(self, key: str) -> Path:
        """Where an object lies on this disk; raises UsageError when the artefacts are elsewhere."""
        if self.directory is None:
            raise UsageError(
                "the embedded engine needs its artefacts on this disk",
                help="set spec.store.artefacts in ftsdk.yaml to a directory",
            )
        return self.directory / key
