"""Asks arms for their answers to every row, many calls at a time, and never asks twice what is in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ftsdk.data.value import Message, Row
from ftsdk.errors import BudgetStop, ExtraMissing, ModelMissing, ProviderError, WrongHash
from ftsdk.evals.arms import arm_messages, turns_of
from ftsdk.evals.busy import keep_busy
from ftsdk.evals.graded import failed_answer
from ftsdk.evals.journal import Journal, answer_key
from ftsdk.evals.nearest import NearestRows
from ftsdk.evals.prices import CallCost
from ftsdk.evals.retrieval import AT_ONCE, documents_for, question_of, with_documents
from ftsdk.evals.text import carriable
from ftsdk.evals.value import Arm
from ftsdk.providers.inference import Answer, InferenceClient, Params, Usage

OnAnswer = Callable[[Row, Answer], None]
"""Called once a row, in the order in which answers come; for progress."""
Keep = Callable[[int, Answer], None]
"""Called once a row with its place among the rows, in the order in which answers come."""

_NO_ROW_COULD_SUCCEED = (ModelMissing, WrongHash, ExtraMissing)


@dataclass
class Budget:
    """US dollars that answers may cost; what is under way counts as dear as the dearest answer so far.

    Under a ceiling the first call goes alone: nobody knows yet what one costs.
    """

    max_usd: float | None = None
    spent: float = 0.0
    dearest: float = 0.0
    under_way: int = 0
    _priced: bool = False
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Count a call in, once what is under way leaves room for it.

        Raises BudgetStop when nothing is under way and there is no room: nothing that is paid for is lost.
        """
        while self.under_way and not self._covered():
            ended = asyncio.get_running_loop().create_future()
            self._waiting.append(ended)
            await ended
        if not self._covered():
            raise BudgetStop(
                f"evaluation stopped at ${self.spent:,.4f} of ${self.max_usd:,.2f}; every answer that came is kept",
                help="raise the ceiling and start again: only what is missing is asked",
            )
        self.under_way += 1

    def end(self, usd: float) -> None:
        """Count a call out with what it cost."""
        self.under_way -= 1
        self.spent += usd
        self.dearest = max(self.dearest, usd)
        self._priced = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    def _covered(self) -> bool:
        if self.max_usd is None:
            return True
        known = self._priced or not self.under_way
        return known and self.spent + (self.under_way + 1) * self.dearest <= self.max_usd


@dataclass
class Asking:
    """What every call of an evaluation shares: sampling, the training rows that similarity chooses from, money."""

    params: Params
    train_rows: Sequence[Row] = ()
    budget: Budget = field(default_factory=Budget)
    repeat: int = 0
    _nearest: NearestRows | None = None
    _looking_up: asyncio.Semaphore | None = None

    def params_for(self, arm: Arm, row: Row) -> Params:
        """The declared sampling with what the arm and the row add: a format, a limit, the row's tools."""
        changed: dict[str, object] = {}
        if arm.max_tokens is not None:
            changed["max_tokens"] = arm.max_tokens
        if arm.response_format is not None:
            changed["response_format"] = arm.response_format
        if row.tools:
            changed["tools"] = row.tools
        if self.repeat and self.params.seed is not None:
            changed["seed"] = self.params.seed + self.repeat
        return self.params.model_copy(update=changed) if changed else self.params

    def messages_for(self, arm: Arm, row: Row) -> tuple[Message, ...]:
        """What the arm sends for a row, without documents."""
        if not arm.nearest:
            return arm_messages(arm, row)
        if self._nearest is None:
            self._nearest = NearestRows(self.train_rows)
        chosen = self._nearest.best(row.prompt, arm.nearest)
        return arm_messages(arm, row, [turn for example in chosen for turn in turns_of(example.messages)])

    async def documents(self, arm: Arm, row: Row, journal: Journal) -> str:
        """What the arm's retrieval finds for the row, from the journal when it was looked up before."""
        assert arm.retrieval is not None
        question = question_of(row)
        key = answer_key(f"retrieval {arm.retrieval.model_dump_json()}", (), Params(), asked=question)
        stored = journal.get(key)
        if stored is not None:
            return stored.text
        self._looking_up = self._looking_up or asyncio.Semaphore(AT_ONCE)
        async with self._looking_up:
            found = carriable(await documents_for(arm.retrieval, question))
        usage = Usage(prompt_tokens=0, completion_tokens=0)
        journal.put(key, Answer(text=found, usage=usage, latency=0.0, finish_reason="stop"))
        return found


async def answer_rows(
    arm: Arm,
    rows: Iterable[Row],
    client: InferenceClient,
    params: Params | Asking,
    journal: Journal,
    on_answer: OnAnswer | None = None,
    cost: CallCost | None = None,
) -> dict[str, Answer]:
    """Answers by row id, in the rows' order, with ``client.concurrency`` calls in flight.

    A ProviderError on a row becomes an Answer with finish_reason "error": counted, never dropped, and not written to
    the journal, so that the next attempt asks again. A model that is missing or wrong is raised, as is everything
    else. Raises BudgetStop before ``cost`` could pass the budget. When cancelled, the journal has every answer that
    came.
    """
    asking = params if isinstance(params, Asking) else Asking(params)
    asked: list[Row] = []
    answers: dict[int, Answer] = {}

    def keep(place: int, answer: Answer) -> None:
        answers[place] = answer
        if on_answer is not None:
            on_answer(asked[place], answer)

    await each_answer(arm, _noted(rows, asked), client, asking, journal, keep, cost)
    return {row.id: answers[place] for place, row in enumerate(asked)}


async def each_answer(
    arm: Arm,
    rows: Iterable[Row],
    client: InferenceClient,
    asking: Asking,
    journal: Journal,
    keep: Keep,
    cost: CallCost | None = None,
) -> None:
    """`answer_rows` that keeps nothing: each answer goes to ``keep`` and is forgotten, however many rows."""

    async def ask(numbered: tuple[int, Row]) -> None:
        place, row = numbered
        keep(place, await _answer(arm, row, client, asking, journal, cost))

    await keep_busy(enumerate(rows), ask, client.concurrency)


def _noted(rows: Iterable[Row], asked: list[Row]) -> Iterator[Row]:
    for row in rows:
        asked.append(row)
        yield row


async def _answer(
    arm: Arm, row: Row, client: InferenceClient, asking: Asking, journal: Journal, cost: CallCost | None
) -> Answer:
    messages, params = asking.messages_for(arm, row), asking.params_for(arm, row)
    try:
        if arm.retrieval is not None:
            messages = with_documents(messages, await asking.documents(arm, row, journal))
        return await asked_once(client, arm.model, messages, params, journal, asking.budget, cost, asking.repeat)
    except _NO_ROW_COULD_SUCCEED:
        raise
    except ProviderError as error:
        return failed_answer(error.message)


async def asked_once(
    client: InferenceClient,
    model: str,
    messages: Sequence[Message],
    params: Params,
    journal: Journal,
    budget: Budget,
    cost: CallCost | None = None,
    repeat: int = 0,
    asked_of: str | None = None,
) -> Answer:
    """The journal's answer to this question, or the client's, written down. Raises ProviderError and BudgetStop.

    ``asked_of`` tells models of the same name apart in the journal.
    """
    key = answer_key(asked_of or model, messages, params, repeat)
    stored = journal.get(key)
    if stored is not None:
        return stored
    await budget.start()
    usd = 0.0
    try:
        answer = await client.complete(model, messages, params)
        usd = cost(answer.usage) if cost else 0.0
    finally:
        budget.end(usd)
    text = carriable(answer.text)
    if text is not answer.text and text != answer.text:
        answer = answer.model_copy(update={"text": text})
    if answer.finish_reason != "error":
        journal.put(key, answer)
    return answer
