"""The workspace as a clone: moved to an exact commit of one branch of one remote, and asked what came with it."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import ftsdk

SECONDS = 120
# What a repository brings along is data: nothing of it is run, and no other transport is opened because of it.
SAFE = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "protocol.ext.allow": "never",
    "http.followRedirects": "false",
}


class Checkout:
    """The clone at ``root`` and what it follows; ``token`` is shown to an https remote, and never in a command line."""

    def __init__(self, root: Path, remote: str, branch: str, token: str = "") -> None:
        self._root = root
        self._remote = remote
        self._branch = branch
        self._settings = dict(SAFE)
        if token and remote.startswith("https://"):
            basic = b64encode(f"x-access-token:{token}".encode()).decode()
            self._settings["http.extraHeader"] = f"Authorization: Basic {basic}"

    def head(self) -> str:
        """The commit that lies in the workspace."""
        return self._git("rev-parse", "--verify", "HEAD").strip()

    def move(self, commit: str) -> None:
        """Fetch the branch and put ``commit`` of it into the workspace.

        Raises UsageError when it is no commit of the branch, when somebody has changed files of the workspace, or when
        git is missing or refuses; the workspace is as it was then.
        """
        ours = f"refs/ftbot/{self._branch}"
        self._git("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", self._remote,
                  f"+refs/heads/{self._branch}:{ours}")  # fmt: skip
        if self._asked("merge-base", "--is-ancestor", commit, ours).returncode != 0:
            raise ftsdk.errors.UsageError(
                f"{commit[:12]} is not on {self._branch}", help="look at the branch; nothing was applied"
            )
        if self._git("status", "--porcelain", "--untracked-files=no").strip():
            raise ftsdk.errors.UsageError(
                "files of the bot's workspace were changed by hand; merged specs are not applied",
                help="commit them elsewhere, then `git checkout --force HEAD` in the workspace",
            )
        self._git("checkout", "--quiet", "--detach", commit)

    def merged(self, since: str, to: str) -> dict[Path, str]:
        """The files that changed after ``since`` up to ``to``, each with the newest commit that did it."""
        top = Path(self._git("rev-parse", "--show-toplevel").strip())
        changed: dict[Path, str] = {}
        for commit in self._git("rev-list", "--first-parent", "--reverse", f"{since}..{to}").split():
            names = self._git("diff", "--name-only", "--no-renames", "-z", f"{commit}^1", commit)
            changed |= {top / name: commit for name in names.split("\0") if name}
        return changed

    def _git(self, *words: str) -> str:
        done = self._asked(*words)
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
            raise ftsdk.errors.UsageError(
                f"git {words[0]} failed: {said[-1][:200]}", help="the workspace must be a clone of the repository"
            )
        return done.stdout.decode("utf-8", "surrogateescape")

    def _asked(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", "-C", str(self._root), *words],
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env={**os.environ, "GIT_TERMINAL_PROMPT": "0", **_configured(self._settings)},
            )
        except FileNotFoundError:
            raise ftsdk.errors.UsageError("git is not installed", help="merged specs cannot be followed") from None
        except subprocess.TimeoutExpired:
            raise ftsdk.errors.ProviderUnavailable(
                f"git {words[0]} did not end within {SECONDS} s", help="it is tried again"
            ) from None


def _configured(settings: Mapping[str, str]) -> dict[str, str]:
    """Git's settings as its environment: other users of the machine can read command lines."""
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found
