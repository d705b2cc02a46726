"""A whole evaluation: arms are asked, judges sit, everything is compared; what is outside comes in as an argument."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, groupby
from pathlib import Path

from ftsdk.data.value import Row
from ftsdk.evals.arms import default_format
from ftsdk.evals.batches import Waits, Wanted, answer_by_batch
from ftsdk.evals.compare import Beside, compare_arms
from ftsdk.evals.graded import Answers, Given, Scores, failed_answer
from ftsdk.evals.graders import Grader, ReadText
from ftsdk.evals.journal import Journal
from ftsdk.evals.judge_questions import model_grader_question
from ftsdk.evals.judges import AskOne, Bench, Judged, Labels, Seat, judge_each, judge_notes, judge_pairs
from ftsdk.evals.near_rows import near_clusters
from ftsdk.evals.prices import CallCost
from ftsdk.evals.runner import Asking, Budget, each_answer
from ftsdk.evals.shelf import room_for
from ftsdk.evals.summary import suite_result
from ftsdk.evals.value import Arm, Comparison, JudgeReport
from ftsdk.providers.inference import Answer, InferenceClient, Params, batches_of, formats_of
from ftsdk.spec.evaluation import Evaluation, Gate
from ftsdk.spec.openai_graders import LabelModelGrader, ScoreModelGrader
from ftsdk.spec.other_metrics import Judge, JudgeMetric, OpenAIGraderMetric

ClientOf = Callable[[str | None, str], InferenceClient]
"""A client for a model of a connection (None: the run's own)."""
Tell = Callable[[str, int, int, float], None]
"""How far an arm is: its name, answers so far, answers in all."""
Kept = dict[str, dict[str, Mapping[str, Answer] | Sequence[Answer]]]
"""Answers by arm, then by suite ("" for the held-out rows)."""


@dataclass(frozen=True)
class Case:
    """What is evaluated: arms on rows by graders, with what was declared before anything was asked."""

    name: str
    evaluation: Evaluation
    arms: Sequence[Arm]
    rows: Sequence[Row]
    graders: Sequence[Grader]
    sampled_from: int
    held_out: bool
    suites: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    train_rows: Sequence[Row] = ()
    recorded: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)
    gates: Sequence[Gate] = ()
    subject: str | None = None
    max_usd: float | None = None
    looks: int | None = None


@dataclass(frozen=True)
class Outside:
    """What an evaluation reaches: models, journals, prices, files, and somebody who wants to know how far it is.

    With ``batch`` arms are asked by batch where their service takes batches.
    """

    client_of: ClientOf
    journal_of: Callable[[Arm], Path]
    judge_journal: Path
    cost_of: Callable[[str | None, str], CallCost | None]
    read_text: ReadText
    tell: Tell
    batch: Waits | None = None


async def conduct(case: Case, outside: Outside) -> Comparison:
    """Ask, judge, compare. Raises BudgetStop before the ceiling is passed; what was answered is kept and not asked
    again."""
    budget = Budget(case.max_usd)
    arms, notes = _formatted(case, outside)
    rounds = [await _round(case, arms, outside, budget, repeat) for repeat in range(case.evaluation.repeats)]
    judged = await _judged(case, arms, rounds[0], outside, budget)
    costs = {arm.name: _cost(arm, outside) for arm in arms}
    scores = {metric: found.scores for metric, found in judged.items()}
    reports = [found.report for found in judged.values()]
    compared = compare_arms(
        case.name,
        arms,
        _of_suite(rounds[0], ""),
        case.rows,
        case.graders,
        gates=case.gates,
        sampled_from=case.sampled_from,
        held_out=case.held_out,
        subject=case.subject,
        suites=[
            suite_result(name, arms, _of_suite(rounds[0], name), rows, _local(case.graders, scores), costs=costs)
            for name, rows in case.suites.items()
        ],
        beside=Beside(
            further=[_of_suite(answers, "") for answers in rounds[1:]],
            scores=scores,
            near=near_clusters(case.rows),
            costs=costs,
            segments=case.evaluation.segments,
            judges=reports,
            looks=case.looks,
            max_looks=case.evaluation.max_looks,
            notes=(*notes, *_one_by_one(arms, outside), *_judge_notes(reports, arms)),
        ),
    )
    priced = all(costs[arm.name] for arm in arms if arm.kind != "recorded")
    known = priced and all(report.usd is not None for report in reports)
    return compared.model_copy(update={"usd": budget.spent if known else None})


def declared_params(evaluation: Evaluation) -> Params:
    """The sampling settings that every arm answers with."""
    wanted = evaluation.sampling
    return Params(
        max_tokens=evaluation.max_tokens, temperature=wanted.temperature, top_p=wanted.top_p, seed=wanted.seed
    )


def _formatted(case: Case, outside: Outside) -> tuple[tuple[Arm, ...], list[str]]:
    """Prompted arms of a JSON task held to its format where the connection can; else a note that they are not."""
    held = default_format(case.evaluation, outside.read_text)
    if held is None:
        return tuple(case.arms), []
    arms, free = [], []
    for arm in case.arms:
        if arm.kind == "prompted" and arm.response_format is None:
            if held.type in formats_of(outside.client_of(arm.connection, arm.model)):
                arm = arm.model_copy(update={"response_format": held})
            else:
                free.append(arm.name)
        arms.append(arm)
    names = ", ".join(free)
    note = f"{names}: this connection holds answers to no JSON format; with one, a prompt alone might do better"
    return tuple(arms), [note] if free else []


async def _round(case: Case, arms: Sequence[Arm], outside: Outside, budget: Budget, repeat: int) -> Kept:
    """What every arm answered; one client a model at a time, so that one model is in memory."""
    asking = Asking(declared_params(case.evaluation), case.train_rows, budget, repeat)
    answers: Kept = {arm.name: {"": case.recorded[arm.name]} for arm in arms if arm.kind == "recorded"}
    asked = sorted((arm for arm in arms if arm.kind != "recorded"), key=_whom)
    groups = [list(of_model) for _whose, of_model in groupby(asked, key=_whom)]
    for together in _at_once(groups, outside):
        for found in await asyncio.gather(*(_group(case, group, outside, asking) for group in together)):
            answers |= found
    return answers


def _at_once(groups: Sequence[list[Arm]], outside: Outside) -> list[list[list[Arm]]]:
    """Models that answer by batch all at once, since each may take a day; the others one after another."""
    by_batch = [group for group in groups if outside.batch and _batched(group[0], outside)]
    return [by_batch, *([group] for group in groups if group not in by_batch)]


def _batched(arm: Arm, outside: Outside) -> bool:
    return batches_of(outside.client_of(arm.connection, arm.model)) is not None


def _one_by_one(arms: Sequence[Arm], outside: Outside) -> list[str]:
    """A note on the arms that batches were wished for and not to be had."""
    if outside.batch is None:
        return []
    singly = [arm.name for arm in arms if arm.kind != "recorded" and not _batched(arm, outside)]
    return [f"{', '.join(singly)}: asked one by one, because its connection takes no batches"] if singly else []


async def _group(case: Case, group: Sequence[Arm], outside: Outside, asking: Asking) -> Kept:
    """The arms of one model."""
    (connection, model), cost = _whom(group[0]), _cost(group[0], outside)
    keeping = {
        arm.name: _Keeping({"": case.rows, **case.suites}, arm.name, outside.tell, asking.budget) for arm in group
    }
    with Journal(outside.journal_of(group[0])) as journal:
        async with outside.client_of(connection or None, model) as client:
            batches = batches_of(client) if outside.batch else None
            if batches is not None and outside.batch is not None:
                wanted = [Wanted(arm, keeping[arm.name].rows, keeping[arm.name].keep) for arm in group]
                await answer_by_batch(wanted, client, batches, asking, journal, cost, outside.batch)
            else:
                for arm in group:
                    kept = keeping[arm.name]
                    await each_answer(arm, kept.rows(), client, asking, journal, kept.keep, cost)
    return {name: kept.answers for name, kept in keeping.items()}


class _Keeping:
    """The rows of all suites one after another, so that calls are always many at once, and room for their answers."""

    def __init__(self, parts: Mapping[str, Sequence[Row]], arm: str, tell: Tell, budget: Budget) -> None:
        self._parts, self._arm, self._tell, self._budget = parts, arm, tell, budget
        blank = failed_answer("")
        rooms = {name: room_for(len(rows), blank) for name, rows in parts.items()}
        self.answers: dict[str, Mapping[str, Answer] | Sequence[Answer]] = {**rooms}
        self._rooms = list(rooms.values())
        self._ends = list(accumulate(len(rows) for rows in parts.values()))
        self._done = 0

    def rows(self) -> Iterator[Row]:
        """All of them, in the order that ``keep`` counts in."""
        return chain.from_iterable(self._parts.values())

    def keep(self, place: int, answer: Answer) -> None:
        """Puts an answer where its row is, and says how far the arm is."""
        part = bisect_right(self._ends, place)
        self._rooms[part][place - (self._ends[part - 1] if part else 0)] = answer
        self._done += 1
        self._tell(self._arm, self._done, self._ends[-1], self._budget.spent)


def _whom(arm: Arm) -> tuple[str, str]:
    return arm.connection or "", arm.model


def _cost(arm: Arm, outside: Outside) -> CallCost | None:
    return None if arm.kind == "recorded" else outside.cost_of(arm.connection, arm.model)


def _local(graders: Sequence[Grader], judged: Scores) -> list[Grader]:
    """Suites decide nothing; judges are not paid for them."""
    return [grader for grader in graders if grader.name not in judged] or list(graders)


# -- judges -----------------------------------------------------------------------------------------------------------


async def _judged(
    case: Case, arms: Sequence[Arm], answers: Kept, outside: Outside, budget: Budget
) -> dict[str, Judged]:
    found: dict[str, Judged] = {}
    subject = case.subject or next((arm.name for arm in arms if arm.kind == "tuned"), arms[-1].name)
    own = _by_id(_of_suite(answers, ""), case.rows) if _judges(case) else {}
    for metric in case.evaluation.metrics:
        if isinstance(metric, JudgeMetric):
            seats = metric.judge if isinstance(metric.judge, tuple) else (metric.judge,)
            with Journal(outside.judge_journal) as journal:
                bench = Bench([_seat(judge, outside) for judge in seats], journal, _share(budget))
                labels = case.labels.get(metric.name)
                if metric.mode == "pairwise":
                    judging = judge_pairs(metric.name, bench, arms, own, case.rows, subject, labels)
                else:
                    judging = judge_each(metric.name, bench, arms, own, case.rows, labels=labels)
                found[metric.name] = await _closing(bench, judging, budget)
        elif isinstance(metric, OpenAIGraderMetric) and isinstance(metric.grader, (ScoreModelGrader, LabelModelGrader)):
            definition = metric.grader
            client = outside.client_of(None, definition.model)
            seat = Seat(definition.model, definition.model, client, "", outside.cost_of(None, definition.model))
            with Journal(outside.judge_journal) as journal:
                bench = Bench([seat], journal, _share(budget), _temperature(definition))
                judging = judge_each(
                    metric.name, bench, arms, own, case.rows,
                    ask=_ask_by(definition),
                )  # fmt: skip
                found[metric.name] = await _closing(bench, judging, budget)
    return found


def _judges(case: Case) -> bool:
    return any(isinstance(metric, JudgeMetric | OpenAIGraderMetric) for metric in case.evaluation.metrics)


def _temperature(definition: ScoreModelGrader | LabelModelGrader) -> float:
    sampling = definition.sampling_params if isinstance(definition, ScoreModelGrader) else None
    return float((sampling or {}).get("temperature", 0.0))


def _ask_by(definition: ScoreModelGrader | LabelModelGrader) -> AskOne:
    return lambda _rubric, row, answer: model_grader_question(definition, row, answer)


async def _closing(bench: Bench, judging: Awaitable[Judged], budget: Budget) -> Judged:
    try:
        return await judging
    finally:
        budget.spent += bench.budget.spent
        for seat in bench.seats:
            await seat.client.aclose()


def _share(budget: Budget) -> Budget:
    """What is left of the money, counted by itself, so that a judge's price is known."""
    return Budget(None if budget.max_usd is None else max(0.0, budget.max_usd - budget.spent))


def _seat(judge: Judge, outside: Outside) -> Seat:
    return Seat(
        name=f"{judge.connection}:{judge.model}",
        model=judge.model,
        client=outside.client_of(judge.connection, judge.model),
        rubric=outside.read_text(judge.rubric),
        cost=outside.cost_of(judge.connection, judge.model),
    )


def _judge_notes(reports: Sequence[JudgeReport], arms: Sequence[Arm]) -> list[str]:
    return [note for report in reports for note in judge_notes(report, arms)]


# -- answers ----------------------------------------------------------------------------------------------------------


def _of_suite(answers: Kept, suite: str) -> Given:
    """The answers to the rows of one suite ("" for the held-out rows); what was not recorded is missing."""
    return {arm: of_arm.get(suite, {}) for arm, of_arm in answers.items()}


def _by_id(answers: Given, rows: Sequence[Row]) -> Answers:
    """The same for judges, in memory."""
    return {
        arm: given if isinstance(given, Mapping) else {row.id: answer for row, answer in zip(rows, given, strict=True)}
        for arm, given in answers.items()
    }
