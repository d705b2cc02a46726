"""Files that runs leave (rows by hash, answers, metrics, comparisons, reports), in a directory or an object store."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.errors import FtsdkError, UsageError
from ftsdk.providers.files import write_whole

if TYPE_CHECKING:
    from obstore.store import RetryConfig

MIRRORS = ".ftsdk/mirrors"
RETRY: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}  # well within a lease


class Artefacts:
    """Objects by key below ``url``: a directory (relative ones start at ``root``) or any URL that obstore knows.

    What must be a file on this disk while it is worked on (training rows, answers) lies below ``directory``: the store
    itself, or a mirror of what was needed of it.
    """

    def __init__(self, url: str, root: Path) -> None:
        from obstore.store import LocalStore, from_url

        self._away = "://" in url
        mirror = f"{MIRRORS}/{hashlib.sha256(url.encode()).hexdigest()[:16]}"
        self.directory = (root / (mirror if self._away else url)).resolve()
        self.shown = url
        try:
            self._store = from_url(url, retry_config=RETRY) if self._away else LocalStore(self.directory, mkdir=True)
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
            raise self._refused("write", key, error) from error

    def put_once(self, prefix: str, content: bytes, suffix: str) -> tuple[str, str]:
        """Write content under its own hash unless it is there; returns (key, sha256). A damaged copy is mended."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        digest = hashlib.sha256(content).hexdigest()
        key = f"{prefix}/sha256/{digest}{suffix}"
        try:
            obstore.put(self._store, key, content, mode="create")
        except AlreadyExistsError:
            if self.get(key) != content:
                self.put(key, content)
        except Exception as error:
            raise self._refused("write", key, error) from error
        return key, digest

    def get(self, key: str) -> bytes | None:
        """An object's content, or None when there is none."""
        import obstore

        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._refused("read", key, error) from error

    def keys(self, prefix: str) -> tuple[str, ...]:
        """The keys of all objects below ``prefix``."""
        import obstore

        try:
            return tuple(str(found["path"]) for chunk in obstore.list(self._store, prefix) for found in chunk)
        except Exception as error:
            raise self._refused("list", prefix, error) from error

    def path(self, key: str) -> Path:
        """Where an object lies, or is to lie, on this disk; `fetch` brings it there, `publish` hands it over."""
        return self.directory / key

    def fetch(self, key: str) -> Path:
        """The object's file on this disk; one that is here already stays as it is, a missing object makes no file."""
        path = self.path(key)
        if self._away and not path.exists():
            content = self.get(key)
            if content is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(path, content)
        return path

    def publish(self, key: str) -> None:
        """Write what was worked out at `path` into the store, where that is elsewhere."""
        if self._away and self.path(key).exists():
            self.put(key, self.path(key).read_bytes())

    def _refused(self, doing: str, key: str, error: Exception) -> FtsdkError:
        said = next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]
        if self._away:
            help = "look at the network, the credentials and the endpoint, then give the same command again"
        else:
            help = "free some space or mend the permissions, then give the same command again"
        kept = "; what was there before is unchanged" if doing == "write" else ""
        what = "artefacts below" if doing == "list" else "artefact"
        return FtsdkError(f"cannot {doing} the {what} {key} at {self.shown}: {said}{kept}", help=help)
