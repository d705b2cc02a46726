"""Training files at a service of OpenAI's protocol: each content once, in parts where it is large, gone when told."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, Literal

from ftsdk.data.lines import BOM
from ftsdk.errors import ProviderError, WrongHash
from ftsdk.providers.base import FileRef
from ftsdk.providers.calls import Calls, Refused
from ftsdk.providers.files import copy_hashed, explained
from ftsdk.providers.flavours import MB, Flavour
from ftsdk.providers.openai_jobs import Native, mark_of

if TYPE_CHECKING:
    from openai import OpenAI

PURPOSE: Literal["fine-tune"] = "fine-tune"
PART_BYTES = 64 * MB  # the most that a part holds
UPLOAD_SECONDS = 600.0
LASTING_SECONDS = 86_400.0  # a file that goes sooner is not counted on
OURS = re.compile(r"ftsdk-([0-9a-f]{32})(?:-([0-9a-f]{16}))?\.jsonl")


class RemoteFiles:
    """The files of one account. Services know no hashes, so that a file's name is made of its content's."""

    def __init__(
        self, client: Callable[[], OpenAI], large: Callable[[], OpenAI], calls: Calls, flavour: Flavour
    ) -> None:
        self._client = client
        self._large = large
        self._calls = calls
        self._flavour = flavour
        self._known: dict[str, str] = {}

    def bring(self, file: FileRef, key: str) -> str:
        """The id of ``file`` there; it is uploaded when it is not there yet. Raises WrongHash when it was changed."""
        name = self.name_of(file, key)
        size = self._size(file)
        found = self._there(name, size)
        if found is None:
            found = self._upload(file, name, size)
        self._known[name] = found
        return found

    def name_of(self, file: FileRef, key: str) -> str:
        """What ``file`` is called there."""
        own = f"-{mark_of(key)}" if self._flavour.finds_by == "file" else ""
        return f"ftsdk-{file.sha256[:32]}{own}.jsonl"

    def of_key(self, key: str) -> frozenset[str]:
        """Ids of the files that were uploaded for this key alone."""
        mark = mark_of(key)
        return frozenset(str(file["id"]) for file, match in self._ours() if match[2] == mark)

    def ours(self) -> Iterator[tuple[Native, str]]:
        """Every file with our mark, and the first 32 digits of its content's sha256."""
        return ((file, match[1]) for file, match in self._ours())

    def delete(self, file: str) -> None:
        """Remove a file; one that is not there is no error."""
        try:
            self._calls.read(f"delete the file {file}", lambda: self._client().files.delete(file))
        except Refused as refused:
            if not refused.absent:
                raise

    def content(self, file: str) -> bytes:
        """The bytes of a results file."""
        return self._calls.read(f"hand over the file {file}", lambda: self._client().files.content(file).read())

    def _ours(self) -> Iterator[tuple[Native, re.Match[str]]]:
        for file in self._listed():
            match = OURS.fullmatch(str(file.get("filename")))
            if match is not None:
                yield file, match

    def _listed(self) -> list[Native]:
        def listed() -> list[Native]:
            page = self._client().files.list(purpose=PURPOSE, limit=10_000)
            return [file.to_dict(warnings=False) for file in page]

        return self._calls.read("list its files", listed)

    def _size(self, file: FileRef) -> int:
        with explained("read the training file", Path(file.path)):
            size = Path(file.path).stat().st_size + (len(BOM) if self._flavour.byte_order_mark else 0)
        most = self._flavour.most_bytes
        if size > most:
            text = f"{file.path} has {size / MB:,.0f} MB, and {self._flavour.service} takes {most // MB:,}"
            raise ProviderError(text, help="train on fewer rows", owner="data")
        return size

    def _there(self, name: str, size: int) -> str | None:
        """A file of this name and length that stays for a while; a list may not show yet what was just uploaded."""
        for file in self._listed():
            ends = file.get("expires_at")
            lasts = not ends or float(ends) > time.time() + LASTING_SECONDS
            if (file.get("filename"), file.get("bytes")) == (name, size) and lasts and file.get("status") != "error":
                return str(file["id"])
        known = self._known.get(name)
        return known if known is not None and self._answers(known) else None

    def _answers(self, file: str) -> bool:
        try:
            self._calls.read(f"show the file {file}", lambda: self._client().files.retrieve(file))
        except Refused as refused:
            if refused.absent:
                return False
            raise
        return True

    def _upload(self, file: FileRef, name: str, size: int) -> str:
        with explained("read the training file", Path(file.path)), _opened(file, self._flavour) as content:
            if size > self._flavour.direct_bytes:
                return self._in_parts(content, name, size)
            client = self._client().with_options(timeout=UPLOAD_SECONDS)
            made = self._calls.once(
                f"take the file {name}", lambda: client.files.create(file=(name, content), purpose=PURPOSE)
            )
            return made.id

    def _in_parts(self, content: IO[bytes], name: str, size: int) -> str:
        client = self._large().with_options(timeout=UPLOAD_SECONDS)
        doing, digest, parts = f"take the file {name} in parts", hashlib.md5(usedforsecurity=False), []
        upload = self._calls.once(
            doing,
            lambda: client.uploads.create(filename=name, bytes=size, mime_type="text/jsonl", purpose=PURPOSE),
        )
        while part := content.read(PART_BYTES):
            digest.update(part)
            # A part whose answer was lost stays unnamed below, and so outside the file: sending it again is safe.
            parts.append(self._calls.read(doing, partial(_part, client, upload.id, part)))
        done = self._calls.once(
            doing, lambda: client.uploads.complete(upload.id, part_ids=parts, md5=digest.hexdigest())
        )
        if done.file is None:
            raise ProviderError(f"{self._flavour.service} took all parts of {name} and made no file", help="try again")
        return done.file.id


def _part(client: Any, upload: str, content: bytes) -> str:
    return str(client.uploads.parts.create(upload, data=content).id)


@contextmanager
def _opened(file: FileRef, flavour: Flavour) -> Iterator[IO[bytes]]:
    """The bytes that are sent, checked against the hash first."""
    with Path(file.path).open("rb") as source:
        if hashlib.file_digest(source, "sha256").hexdigest() != file.sha256:
            raise WrongHash(f"the training file {file.path} changed after it was planned", help="plan again")
        source.seek(0)
        if not flavour.byte_order_mark:
            yield source
            return
        with TemporaryFile() as marked:
            marked.write(BOM)
            copy_hashed(source, marked)
            marked.seek(0)
            yield marked
