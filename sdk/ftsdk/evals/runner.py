"""Asks one arm for its answer to every row, several calls at a time, and never asks twice what is in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from ftsdk.data.value import Row
from ftsdk.errors import ExtraMissing, ModelMissing, ProviderError, WrongHash
from ftsdk.evals.arms import arm_messages
from ftsdk.evals.graded import failed_answer
from ftsdk.evals.journal import Journal, answer_key
from ftsdk.evals.text import carriable
from ftsdk.evals.value import Arm
from ftsdk.providers.inference import Answer, InferenceClient, Params

OnAnswer = Callable[[Row, Answer], None]
"""Called once a row, in the order in which answers come; for progress."""

_NO_ROW_COULD_SUCCEED = (ModelMissing, WrongHash, ExtraMissing)


async def answer_rows(
    arm: Arm,
    rows: Sequence[Row],
    client: InferenceClient,
    params: Params,
    journal: Journal,
    on_answer: OnAnswer | None = None,
) -> dict[str, Answer]:
    """Answers by row id, in the rows' order, with ``client.concurrency`` calls in flight.

    A ProviderError on a row becomes an Answer with finish_reason "error": counted, never dropped, and not written to
    the journal, so that the next attempt asks again. A model that is missing or wrong is raised, as is everything
    else. When cancelled, the journal has every answer that came.
    """
    answers: dict[str, Answer] = {}
    waiting = iter(rows)

    async def work(queue: Iterator[Row]) -> None:
        for row in queue:
            answer = await _answer(arm, row, client, params, journal)
            answers[row.id] = answer
            if on_answer is not None:
                on_answer(row, answer)

    workers = [asyncio.create_task(work(waiting)) for _ in range(max(1, min(client.concurrency, len(rows))))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return {row.id: answers[row.id] for row in rows}


async def _answer(arm: Arm, row: Row, client: InferenceClient, params: Params, journal: Journal) -> Answer:
    messages = arm_messages(arm, row)
    key = answer_key(arm.model, messages, params)
    stored = journal.get(key)
    if stored is not None:
        return stored
    try:
        answer = await client.complete(arm.model, messages, params)
    except _NO_ROW_COULD_SUCCEED:
        raise
    except ProviderError as error:
        return failed_answer(error.message)
    answer = answer.model_copy(update={"text": carriable(answer.text)})
    if answer.finish_reason != "error":
        journal.put(key, answer)
    return answer
