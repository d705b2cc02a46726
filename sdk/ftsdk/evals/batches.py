"""Answers by batch: what the journal lacks is sent as one job, found again after a crash, and put into the journal."""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ftsdk.data.value import Row
from ftsdk.errors import BudgetStop, ProviderError, ProviderUnavailable, UsageError
from ftsdk.evals.graded import failed_answer
from ftsdk.evals.journal import Journal, answer_key
from ftsdk.evals.prices import CallCost
from ftsdk.evals.retrieval import with_documents
from ftsdk.evals.runner import Asking, Keep, asked_once
from ftsdk.evals.text import carriable
from ftsdk.evals.value import Arm
from ftsdk.providers.inference import Answer, Batches, BatchHidden, BatchRefused, InferenceClient, Question, Usage
from ftsdk.providers.locks import try_lock

HALF = 0.5
BYTES_A_TOKEN = 3  # of a prompt, to be on the safe side; of its answer nothing is known but the limit
Questions = dict[str, Question]


@dataclass(frozen=True)
class Waits:
    """Seconds between two looks at a batch, and between looks for one whose beginning was not heard of."""

    look: float = 20.0
    find: float = 5.0
    finds: int = 6


@dataclass(frozen=True)
class Wanted:
    """One arm's rows, and where its answers go."""

    arm: Arm
    rows: Callable[[], Iterable[Row]]
    keep: Keep


async def answer_by_batch(
    wanted: Sequence[Wanted],
    client: InferenceClient,
    batches: Batches,
    asking: Asking,
    journal: Journal,
    cost: CallCost | None = None,
    waits: Waits = Waits(),
) -> None:
    """`each_answer` of arms of one model in one batch; in several, one after another, where that is too large.

    The first question is asked alone, so that a wrong key or model is told before anything is sent. A batch is written
    down before it is started: killed at any moment, the next attempt finds it and waits for it, and starts no second.
    What a batch did not answer counts as failed, and is asked again next time. Raises BudgetStop before a batch that
    could pass the budget.
    """
    note = Note(journal.path.with_name(f"{journal.path.name}.batch"))
    with note.held():
        await _answer(note, wanted, client, batches, asking, journal, cost, waits)


async def _answer(
    note: Note,
    wanted: Sequence[Wanted],
    client: InferenceClient,
    batches: Batches,
    asking: Asking,
    journal: Journal,
    cost: CallCost | None,
    waits: Waits,
) -> None:
    failed: dict[str, Answer] = {}
    if note.there():
        failed |= await _finish(batches, note, {}, journal, asking, cost, waits)
    missing = await _missing(wanted, asking, journal, failed)
    for key in list(missing)[:1]:
        answer = await asked_once(client, *missing.pop(key), journal, asking.budget, cost, asking.repeat)
        if answer.finish_reason == "error":
            failed[key] = answer
    while missing:
        part = {key: missing.pop(key) for key in list(missing)[: batches.most]}
        _afford(part, asking, cost)
        note.write(Begun(uuid.uuid4().hex, time.time()))
        failed |= await _finish(batches, note, part, journal, asking, cost, waits)
    for one in wanted:
        for place, row in enumerate(one.rows()):
            key = answer_key(*await _question(one.arm, row, asking, journal), asking.repeat)
            one.keep(place, journal.get(key) or failed.get(key) or failed_answer("the batch brought no answer"))


class Begun(NamedTuple):
    """A batch under way: its own key, when it was about to begin, and what the service calls it once that is known."""

    key: str
    at: float
    batch: str | None = None


class Note:
    """The batch under way, beside the journal."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def there(self) -> bool:
        """Whether one is under way."""
        return self.path.exists()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else on this machine asks by batch meanwhile; raises UsageError when somebody does."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = try_lock(self.path.with_name(f"{self.path.name}.lock"))
        if lock is None:
            raise UsageError(
                "another process waits for a batch of the same evaluation; nothing was sent",
                help="wait for it, or end it and start again: the batch is found and waited for",
            )
        try:
            yield
        finally:
            os.close(lock)

    def write(self, begun: Begun) -> None:
        """On disk before it is acted on."""
        new = self.path.with_name(f"{self.path.name}.new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(begun._asdict(), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)

    def read(self) -> Begun:
        """What was written last."""
        return Begun(**json.loads(self.path.read_text(encoding="utf-8")))

    def remove(self) -> None:
        """It is over."""
        self.path.unlink()


async def _missing(
    wanted: Sequence[Wanted], asking: Asking, journal: Journal, failed: Mapping[str, Answer]
) -> Questions:
    """Questions that neither the journal nor a batch of before has anything for, equal ones once."""
    found: Questions = {}
    for one in wanted:
        for row in one.rows():
            question = await _question(one.arm, row, asking, journal)
            key = answer_key(*question, asking.repeat)
            if key not in found and key not in failed and journal.get(key) is None:
                found[key] = question
    return found


async def _question(arm: Arm, row: Row, asking: Asking, journal: Journal) -> Question:
    messages = asking.messages_for(arm, row)
    if arm.retrieval is not None:
        messages = with_documents(messages, await asking.documents(arm, row, journal))
    return Question(arm.model, messages, asking.params_for(arm, row))


def _afford(part: Questions, asking: Asking, cost: CallCost | None) -> None:
    budget = asking.budget
    if budget.max_usd is None or cost is None:
        return
    most = HALF * sum(cost(_most_usage(question)) for question in part.values())
    if budget.spent + most > budget.max_usd:
        raise BudgetStop(
            f"a batch of {len(part):,} questions could cost ${most:,.4f}, and ${budget.max_usd - budget.spent:,.4f} of "
            f"${budget.max_usd:,.2f} are left; it was not sent, and every answer that came is kept",
            help="raise the ceiling, or leave --batch out: single questions stop at the ceiling",
        )


def _most_usage(question: Question) -> Usage:
    size = sum(len(message.content.encode("utf-8", "replace")) for message in question.messages)
    return Usage(prompt_tokens=size // BYTES_A_TOKEN + 1, completion_tokens=question.params.max_tokens)


async def _finish(
    batches: Batches,
    note: Note,
    part: Questions,
    journal: Journal,
    asking: Asking,
    cost: CallCost | None,
    waits: Waits,
) -> dict[str, Answer]:
    """The noted batch to its end, started first where it was not; returns the answers that failed."""
    begun = note.read()
    batch = begun.batch
    if batch is None:
        batch = await _started(batches, note, begun, part, waits)
        if batch is None:  # a crash came before it was started: what it would have asked is not known any more
            note.remove()
            return {}
        note.write(begun._replace(batch=batch))
    try:
        answers = await _awaited(batches, batch, waits)
    except BatchRefused:
        note.remove()
        raise
    except ProviderError as error:
        anew = f"check that the key is of the account that began {batch}; to begin another batch remove {note.path}"
        raise ProviderError(error.message, help=anew, owner=error.owner) from error
    failed = _put(answers, journal, asking, cost)
    note.remove()
    return failed


async def _started(batches: Batches, note: Note, begun: Begun, part: Questions, waits: Waits) -> str | None:
    """The batch of this key: there already, else started now. Where its start was not answered, it is looked for."""
    if not part:
        return await _found(batches, begun, waits)
    try:
        return await batches.create(begun.key, part)
    except ProviderUnavailable:
        found = await _found(batches, begun, waits)
    except ProviderError:
        note.remove()  # refused: there is none
        raise
    return found or await batches.create(begun.key, part)


async def _found(batches: Batches, begun: Begun, waits: Waits) -> str | None:
    """Looked for several times: lists show late what was just started. Raises ProviderUnavailable if none was shown."""
    silent: ProviderUnavailable | None = None
    looks = 0
    while looks < waits.finds:
        if looks:
            await asyncio.sleep(waits.find)
        looks += 1
        try:
            found = await batches.find(begun.key, begun.at)
        except BatchHidden:
            looks = 0
            await asyncio.sleep(waits.look)
            continue
        except ProviderUnavailable as error:
            silent = error
            continue
        if found is not None:
            return found
        silent = None
    if silent is not None:
        raise silent
    return None


async def _awaited(batches: Batches, batch: str, waits: Waits) -> Mapping[str, Answer]:
    while True:
        try:
            answers = await batches.answers(batch)
        except ProviderUnavailable:
            answers = None
        if answers is not None:
            return answers
        await asyncio.sleep(waits.look)


def _put(answers: Mapping[str, Answer], journal: Journal, asking: Asking, cost: CallCost | None) -> dict[str, Answer]:
    failed = {}
    for key, answer in answers.items():
        asking.budget.spent += HALF * cost(answer.usage) if cost else 0.0
        if answer.finish_reason == "error":
            failed[key] = answer
        elif journal.get(key) is None:
            journal.put(key, answer.model_copy(update={"text": carriable(answer.text)}))
    return failed
