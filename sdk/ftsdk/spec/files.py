"""Files of the workspace: only regular ones, only inside it, never through a link that leads out of it."""

from __future__ import annotations

import os
import stat
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from ftsdk.spec.suggest import nearest_file
from ftsdk.spec.text import MAX_BYTES, shows_everything

MAX_NAMES = 500
MAX_PATH = 1024


class Unfit(Exception):
    """A file or directory that cannot be used: a code, a sentence, the next step, and its path where it has one."""

    def __init__(self, code: str, message: str, help: str, path: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.path = path


class Folder:
    """A directory of the workspace, resolved once; what is named relative to it must lie in the workspace.

    ``top`` is the workspace's root, ``here`` the directory.
    """

    def __init__(self, root: Path | str, directory: Path | str) -> None:
        self.top = os.path.realpath(root)
        self.here = os.path.realpath(directory)

    def shown(self, path: Path) -> str:
        """A file of this folder as people name it: from the root, with slashes; as it is when it lies elsewhere."""
        if not _below(self.here, self.top):
            return path.as_posix()
        return f"{self.here}/{path.name}"[len(self.top.rstrip("/")) + 1 :]

    def file(self, relative: str) -> str:
        """The path of the file ``relative`` to this folder; raises Unfit when missing, irregular or outside."""
        _require_path(relative)
        path, mode = self._without_links(relative) or self._followed(relative)
        _require_regular(mode, relative)
        if not os.access(path, os.R_OK):
            raise Unfit("spec/unreadable-file", f"'{relative}' may not be read by this user", "check its permissions")
        return path

    def _without_links(self, relative: str) -> tuple[str, int] | None:
        """A file that is plainly inside, with its mode: no link, no ``..`` on the way. None where more care is due."""
        mode, path = 0, self.here
        if not _below(path, self.top):
            return None
        for part in relative.split("/"):
            if part in ("", ".", ".."):
                return None
            path = f"{path}/{part}"
            try:
                mode = os.lstat(path).st_mode
            except OSError:
                return None
            if stat.S_ISLNK(mode):
                return None
        return path, mode

    def _followed(self, relative: str) -> tuple[str, int]:
        """Where links lead to, when that is inside the workspace too, and its mode."""
        written = os.path.normpath(f"{self.here}/{relative}")
        if relative.startswith("/") or not _below(written, self.top):
            help = "paths are relative to the spec and stay in the directory of ftsdk.yaml"
            raise Unfit("spec/outside-workspace", f"'{relative}' leaves the workspace", help)
        try:
            followed = Path(self.here, relative).resolve()
            mode, real = followed.stat().st_mode, str(followed)
        except FileNotFoundError:
            raise _missing(Path(self.here), relative) from None
        except (OSError, RuntimeError) as reason:
            message = f"'{relative}' cannot be read: {_why(reason)}"
            raise Unfit("spec/unreadable-file", message, "check the path") from None
        if not _below(real, self.top):
            message = f"'{relative}' is a link out of the workspace"
            raise Unfit("spec/outside-workspace", message, "copy the file into it")
        return real, mode


def inside(root: Path, directory: Path, relative: str) -> Path:
    """The file ``relative`` to ``directory``, resolved; raises Unfit when missing, irregular or outside ``root``."""
    return Path(Folder(root, directory).file(relative))


def _below(path: str, top: str) -> bool:
    return path == top or path.startswith(top.rstrip("/") + "/")


def _require_path(relative: str) -> None:
    if len(relative) > MAX_PATH:
        raise Unfit("spec/not-a-path", f"a path of {len(relative):,} characters", f"paths have at most {MAX_PATH:,}")
    if "://" in relative:
        raise Unfit("spec/not-a-path", f"'{relative}' is an address, not a path", "name a file of this repository")
    if "\\" in relative or "\0" in relative:
        raise Unfit(
            "spec/not-a-path", f"'{relative}' holds a character that paths may not have", "separate folders with /"
        )


def open_regular(path: Path | str, shown: str) -> BinaryIO:
    """``path`` opened for reading bytes, without ever waiting on a pipe; raises Unfit."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise _missing(Path(path).parent, Path(path).name, shown) from None
    except (OSError, ValueError) as reason:
        raise Unfit("spec/unreadable-file", f"'{shown}' cannot be read: {_why(reason)}", "check the path") from None
    try:
        _require_regular(os.fstat(descriptor).st_mode, shown)
    except Unfit:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_bytes(path: Path | str, shown: str) -> bytes:
    """At most one byte more than a spec may have; raises Unfit."""
    try:
        with open_regular(path, shown) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as reason:
        raise Unfit("spec/unreadable-file", f"'{shown}' cannot be read: {_why(reason)}", "check the disk") from None


def read_text(path: Path | str, shown: str) -> str:
    """The text of a prompt or schema without outer whitespace; raises Unfit."""
    data = read_bytes(path, shown)
    if len(data) > MAX_BYTES:
        raise Unfit("spec/large-file", f"'{shown}' is larger than 1 MB", "prompts and schemas are short texts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = data[: bad.start].count(b"\n") + 1
        raise Unfit("spec/encoding", f"'{shown}' is not UTF-8 in line {line}", "save the file as UTF-8") from None
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Unfit("spec/empty-file", f"'{shown}' is empty", "write the text, or name another file")
    if not shows_everything(text):
        help = "remove them: reviewers and editors do not see them"
        raise Unfit("spec/hidden-character", f"'{shown}' holds hidden or control characters", help)
    return text


def _require_regular(mode: int, shown: str) -> None:
    if stat.S_ISDIR(mode):
        raise Unfit("spec/not-a-file", f"'{shown}' is a directory, not a file", "name a file in it")
    if not stat.S_ISREG(mode):
        raise Unfit("spec/not-a-file", f"'{shown}' is a pipe, socket or device, not a file", "name a regular file")


def _missing(directory: Path, relative: str, shown: str | None = None) -> Unfit:
    """No such file, with the name in the same directory that was probably meant."""
    wanted = directory / relative
    if wanted.is_symlink():
        return Unfit("spec/no-file", f"'{shown or relative}' is a link to what is not there", "repair or remove it")
    folder = wanted.parent
    try:
        names = [entry.name for entry in islice(os.scandir(folder), MAX_NAMES)]
    except OSError:
        help = f"there is no directory '{_first_missing(directory, relative)}' either"
        return Unfit("spec/no-file", f"there is no file '{shown or relative}'", help)
    near = nearest_file(wanted.name, sorted(names))
    otherwise = "paths are relative to the spec" if shown is None else "give its path from here"
    help = f"did you mean '{Path(relative).with_name(near).as_posix()}'?" if near else otherwise
    return Unfit("spec/no-file", f"there is no file '{shown or relative}'", help)


def _first_missing(directory: Path, relative: str) -> str:
    """The outermost directory on the way to ``relative`` that is not there, as the spec would write it."""
    folders = [folder for folder in reversed(Path(relative).parents) if not (directory / folder).is_dir()]
    return folders[0].as_posix() if folders else Path(relative).parent.as_posix()


def _why(reason: Exception) -> str:
    text = reason.strerror if isinstance(reason, OSError) else None
    return (text or "the system refuses the path").lower()
