"""Follows a protected branch: what is merged there is planned, agreed to, applied, and told on its pull request."""

from __future__ import annotations

import hashlib

import structlog

import ftsdk
from ftbot.checkout import Checkout
from ftbot.github import GitHub
from ftbot.library import Library
from ftbot.merged import Merge, Merges
from ftbot.settling import Settled, settle

LOG = structlog.get_logger("ftbot.watching")
MARK = "ftbot:spec"


class Watching:
    """One branch of one repository, whose clone is the workspace; looking twice does everything once."""

    def __init__(self, merges: Merges, library: Library, github: GitHub, checkout: Checkout, branch: str) -> None:
        self._merges = merges
        self._library = library
        self._github = github
        self._checkout = checkout
        self._branch = branch

    async def look(self) -> tuple[str, ...]:
        """Bring the workspace to where the branch is, and every merged spec as far as it can go now.

        Returns the runs that were started.

        Raises ProviderError when GitHub refuses or does not protect the branch, UsageError when git does.
        """
        commit = await self._github.head(self._branch)
        followed = await self._merges.followed()
        if await self._library.ask(self._checkout.head) != commit:
            await self._library.ask(self._checkout.move, commit)
            await self._library.reopen()  # ftsdk.yaml may be another one
        if followed != commit:
            # What was there before the bot first looked is nobody's merge.
            found = await self._merged(followed, commit) if followed else {}
            await self._merges.found(found, commit)
        await self._merges.begin_round()
        started = []
        while (merge := await self._merges.claim()) is not None:
            after = await self._bring_on(merge)
            started += [after.run] if after.run != merge.run else []
        return tuple(started)

    async def _merged(self, followed: str, commit: str) -> dict[str, Merge]:
        touched = await self._library.ask(self._touched, followed, commit)
        merges = {}
        for spec, newest in touched.items():
            pull = await self._github.merged_with(newest, self._branch)
            merges[spec] = Merge(spec, newest, pull.number if pull else None, pull.author if pull else "")
        return merges

    def _touched(self, followed: str, commit: str) -> dict[str, str]:
        """The specs whose files came with a merge, each with the newest commit that brought one."""
        changed, found = self._checkout.merged(followed, commit), {}
        order = list(dict.fromkeys(changed.values()))
        workspace = self._library.workspace
        for path in workspace.specs():
            try:
                files = workspace.files_of(path)
            except ftsdk.errors.SpecError:
                files = (path,)  # it is told what is wrong with it
            commits = [changed[file.resolve()] for file in files if file.resolve() in changed]
            if commits:
                found[path.relative_to(workspace.root).as_posix()] = max(commits, key=order.index)
        return found

    async def _bring_on(self, merge: Merge) -> Merge:
        try:
            settled = await self._library.ask(settle, self._library.workspace, merge)
            merge = await self._tell(settled)
        except ftsdk.FtsdkError as error:  # its turn comes again; what was done is found again
            LOG.warning("a merged spec waits", spec=merge.spec, commit=merge.commit, because=str(error))
        finally:
            await self._merges.done(merge)
        return merge

    async def _tell(self, settled: Settled) -> Merge:
        merge, digest = settled.merge, hashlib.sha256(settled.text.encode()).hexdigest()
        LOG.info("merged spec", spec=merge.spec, commit=merge.commit, state=merge.state, run=merge.run)
        if merge.pull is not None and digest != merge.said:
            name = hashlib.sha256(merge.spec.encode()).hexdigest()[:12]
            await self._github.say(merge.pull, f"{MARK}:{name}", settled.text)
        return merge._replace(said=digest)
