"""Measured facts, from a file that somebody uploads or untrained models on committed rows; then the advice anew."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from slack_sdk.errors import SlackApiError

import ftsdk
from ftbot import form
from ftbot.files import read_file
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.probes import Job
from ftbot.screens.form import draft_id
from ftbot.screens.measure import (
    KINDS,
    file_modal,
    measured_message,
    measuring,
    not_measured,
    probe_modal,
    probe_offer,
)
from ftbot.screens.words import notice
from ftbot.store.drafts import Draft
from ftbot.work.following import keep
from ftbot.work.forms import my_draft, not_there
from ftbot.work.replies import reply
from ftbot.work.who import actor_of, require_known
from ftbot.work.windows import given, open_window

if TYPE_CHECKING:
    from ftbot.bot import Bot

LOG = structlog.get_logger("ftbot.measuring")

LATE = "The window could not be opened in time. Press the button again."
OFF = "Uploading files to be measured is switched off here."
NO_SCOPE = "The bot may not read files here."


# -- a file ------------------------------------------------------------------------------------------------------------


async def ask_file(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The button: a window takes the file."""
    if not bot.settings.uploads:
        return reply(entry, notice(OFF, "tell the numbers in the form"))
    draft = await my_draft(bot, entry)
    if draft is None:
        return await not_there(bot, entry)
    return await open_window(bot, entry, file_modal(draft.id), notice(LATE))


async def file_given(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The window came back with a file."""
    draft = await _of_window(bot, entry)
    files = given(entry, "file").get("files") or []
    kind = (given(entry, "kind").get("selected_option") or {}).get("value", "data")
    if draft is None or not files or not bot.settings.uploads or kind not in KINDS:
        return reply(entry, notice(OFF if not bot.settings.uploads else "There was no file to measure.", ""))
    try:
        name, content = await read_file(bot.client, bot.session, str(files[0]["id"]), bot.settings.slack_api_url)
        facts = await bot.library.ask(_measured, kind, name, content)
    except SlackApiError as error:
        if error.response.get("error") != "missing_scope":
            raise
        return reply(entry, notice(NO_SCOPE, "grant files:read to the app, or tell the numbers in the form"))
    return await _advised_anew(bot, draft, facts, ftsdk.report.line(name, 60))


def _measured(kind: str, name: str, content: bytes) -> ftsdk.Facts:
    """Facts of a file that is on disk for as long as it is measured."""
    with tempfile.TemporaryDirectory(prefix="ftbot-") as folder:
        path = Path(folder) / "given.jsonl"
        path.write_bytes(content)
        shown = ftsdk.report.line(name, 60)
        return ftsdk.measured(ftsdk.Facts(), **{kind: path}, name=shown)


async def _advised_anew(bot: Bot, draft: Draft, found: ftsdk.Facts, what: str, said: str = "") -> tuple[Wanted, ...]:
    """Keep measured facts with the draft, and say in the thread of its advice what they change."""
    before = await bot.library.ask(form.advice_of, draft)
    known = form.measured(draft, found)
    await bot.drafts.keep(known)
    after = await bot.library.ask(form.advice_of, known)
    await keep(bot, known, after)
    body = measured_message(what, found.known(), before, after, said)
    own = f"advice:{draft.id}:own"
    return (Wanted(f"{own}:measured:{what}"[:200], draft.person, body, thread=own),)


async def _of_window(bot: Bot, entry: Entry) -> Draft | None:
    """The draft that a window names, if it is the submitter's own."""
    draft = await bot.drafts.load(draft_id(str(entry.arrival.payload["view"].get("private_metadata", ""))))
    return draft if draft is not None and draft.person == entry.arrival.person else None


# -- a probe -----------------------------------------------------------------------------------------------------------


async def ask_spec(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The button: a window asks whose rows."""
    draft = await my_draft(bot, entry)
    if draft is None:
        return await not_there(bot, entry)
    specs = await bot.library.ask(_probed_specs, bot)
    return await open_window(bot, entry, probe_modal(draft.id, specs), notice(LATE))


def _probed_specs(bot: Bot) -> list[str]:
    """Names of the specs that hold and have an evaluation."""
    workspace, names = bot.library.workspace, []
    for path in workspace.specs():
        try:
            spec = workspace.load(path).spec
        except ftsdk.FtsdkError:
            continue  # it cannot be measured as it is; `ft validate` says why
        if spec.spec.evaluation is not None:
            names.append(spec.metadata.name)
    return names


async def offer(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The window came back: what the probe takes and where the rows go."""
    draft = await _of_window(bot, entry)
    name = (given(entry, "spec").get("selected_option") or {}).get("value", "")
    if draft is None or not name:
        return ()
    budget, connection, local = await bot.library.ask(_what_it_takes, bot, name)
    own = f"advice:{draft.id}:own"
    body = probe_offer(draft.id, name, budget, connection, local)
    return (Wanted(_probe_key(draft.id, name), draft.person, body, thread=own),)


def _what_it_takes(bot: Bot, name: str) -> tuple[str, str, bool]:
    plan = bot.library.workspace.probe(name)
    connection = plan.spec_file.spec.spec.connection
    return plan.budget.text, connection, bot.library.workspace.is_local(connection)


def _probe_key(draft: str, spec: str) -> str:
    return f"probe:{draft}:{spec}"[:200]


async def start(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Somebody agreed to a probe: it runs once, however often the button is pressed."""
    named, _, spec = entry.arrival.payload["value"].partition(":")
    draft = await bot.drafts.load(named)
    if draft is None or draft.person != entry.arrival.person:
        return await not_there(bot, entry)
    actor = actor_of(bot, entry)
    await bot.library.ask(_may_probe, bot, spec, actor)
    await bot.probes.add(Job(named, spec, actor))
    key, own = _probe_key(named, spec), f"advice:{named}:own"
    return (Wanted(key, draft.person, measuring(spec), thread=own, urgent=True),)


def _may_probe(bot: Bot, spec: str, actor: str) -> None:
    require_known(bot, actor)
    workspace = bot.library.workspace
    connection = workspace.load(spec).spec.spec.connection
    if not workspace.is_local(connection) and workspace.project.spec.policy.approvals is not None:
        raise ftsdk.errors.PolicyDenied(
            f"The project's policy wants people to agree before money is spent, and {connection} is paid by use; "
            "nothing was asked.",
            help="agree on it, then run `ft advise --probe` where the project is",
        )


async def carry_out(bot: Bot, job: Job) -> None:
    """Run one probe and say what came of it; answers that are there already are not asked again."""
    draft = await bot.drafts.load(job.draft)
    if draft is None:
        return
    key, own = _probe_key(job.draft, job.spec), f"advice:{job.draft}:own"
    try:
        found = await asyncio.to_thread(_probed, bot, job.spec)
        wanted = await _advised_anew(bot, draft, found.facts, f"untrained models on {job.spec}", found.text)
    except ftsdk.FtsdkError as error:
        body = not_measured(job.spec, error.message, error.help or "")
        wanted = (Wanted(key, draft.person, body, thread=own, urgent=True),)
    await bot.want(*(one._replace(key=key, urgent=True) for one in wanted))


def _probed(bot: Bot, spec: str) -> Any:
    workspace = bot.library.workspace
    return workspace.run_probe(workspace.probe(spec), ftsdk.Facts())
