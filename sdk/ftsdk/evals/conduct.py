"""A whole evaluation: arms are asked, judges sit, everything is compared; what is outside comes in as an argument."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from ftsdk.data.value import Row
from ftsdk.evals.arms import default_format
from ftsdk.evals.compare import Beside, compare_arms
from ftsdk.evals.graded import Answers, Scores
from ftsdk.evals.graders import Grader, ReadText
from ftsdk.evals.journal import Journal
from ftsdk.evals.judge_questions import model_grader_question
from ftsdk.evals.judges import AskOne, Bench, Judged, Labels, Seat, judge_each, judge_notes, judge_pairs
from ftsdk.evals.near_rows import near_clusters
from ftsdk.evals.prices import CallCost
from ftsdk.evals.runner import Asking, Budget, answer_rows
from ftsdk.evals.summary import suite_result
from ftsdk.evals.value import Arm, Comparison, JudgeReport
from ftsdk.providers.inference import Answer, InferenceClient, Params, formats_of
from ftsdk.spec.evaluation import Evaluation, Gate
from ftsdk.spec.openai_graders import LabelModelGrader, ScoreModelGrader
from ftsdk.spec.other_metrics import Judge, JudgeMetric, OpenAIGraderMetric

ClientOf = Callable[[str | None, str], InferenceClient]
"""A client for a model of a connection (None: the run's own)."""
Tell = Callable[[str, int, int], None]
"""How far an arm is: its name, answers so far, answers in all."""
Kept = dict[str, dict[str, Answer]]


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
    """What an evaluation reaches: models, journals, prices, files, and somebody who wants to know how far it is."""

    client_of: ClientOf
    journal_of: Callable[[Arm], Path]
    judge_journal: Path
    cost_of: Callable[[str | None, str], CallCost | None]
    read_text: ReadText
    tell: Tell


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
    return compare_arms(
        case.name,
        arms,
        _answers_of(rounds[0], "", case.rows),
        case.rows,
        case.graders,
        gates=case.gates,
        sampled_from=case.sampled_from,
        held_out=case.held_out,
        subject=case.subject,
        suites=[
            suite_result(
                name, arms, _answers_of(rounds[0], name, rows), rows, _local(case.graders, scores), costs=costs
            )
            for name, rows in case.suites.items()
        ],
        beside=Beside(
            further=[_answers_of(answers, "", case.rows) for answers in rounds[1:]],
            scores=scores,
            near=near_clusters(case.rows),
            costs=costs,
            segments=case.evaluation.segments,
            judges=reports,
            looks=case.looks,
            max_looks=case.evaluation.max_looks,
            notes=(*notes, *_judge_notes(reports, arms)),
        ),
    )


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
    """Answers by arm name, then keyed row id; one client a model at a time, so that one model is in memory."""
    asking = Asking(declared_params(case.evaluation), case.train_rows, budget, repeat)
    rows = _keyed(case.rows, case.suites)
    answers: Kept = {
        arm.name: {f"/{row}": answer for row, answer in case.recorded[arm.name].items()}
        for arm in arms
        if arm.kind == "recorded"
    }
    asked = sorted((arm for arm in arms if arm.kind != "recorded"), key=_whom)
    for (connection, model), of_model in groupby(asked, key=_whom):
        group = list(of_model)
        with Journal(outside.journal_of(group[0])) as journal:
            async with outside.client_of(connection or None, model) as client:
                for arm in group:
                    tell = _teller(outside.tell, arm.name, len(rows))
                    cost = _cost(arm, outside)
                    answers[arm.name] = await answer_rows(arm, rows, client, asking, journal, tell, cost)
    return answers


def _whom(arm: Arm) -> tuple[str, str]:
    return arm.connection or "", arm.model


def _cost(arm: Arm, outside: Outside) -> CallCost | None:
    return None if arm.kind == "recorded" else outside.cost_of(arm.connection, arm.model)


def _teller(tell: Tell, arm: str, total: int) -> Callable[[Row, Answer], None]:
    done = 0

    def told(_row: Row, _answer: Answer) -> None:
        nonlocal done
        done += 1
        tell(arm, done, total)

    return told


def _local(graders: Sequence[Grader], judged: Scores) -> list[Grader]:
    """Suites decide nothing; judges are not paid for them."""
    return [grader for grader in graders if grader.name not in judged] or list(graders)


# -- judges -----------------------------------------------------------------------------------------------------------


async def _judged(
    case: Case, arms: Sequence[Arm], answers: Kept, outside: Outside, budget: Budget
) -> dict[str, Judged]:
    found: dict[str, Judged] = {}
    subject = case.subject or next((arm.name for arm in arms if arm.kind == "tuned"), arms[-1].name)
    own = _answers_of(answers, "", case.rows)
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


# -- rows and suites in one list --------------------------------------------------------------------------------------


def _keyed(rows: Sequence[Row], suites: Mapping[str, Sequence[Row]]) -> list[Row]:
    """All rows in one list, so that they are answered in full batches; ids carry their suite."""
    keyed = [row.model_copy(update={"id": f"/{row.id}"}) for row in rows]
    for name, of_suite in suites.items():
        keyed += [row.model_copy(update={"id": f"{name}/{row.id}"}) for row in of_suite]
    return keyed


def _answers_of(answers: Kept, suite: str, rows: Sequence[Row]) -> Answers:
    """The answers to the rows of one suite ("" for the held-out rows); what was not recorded is missing."""
    return {
        arm: {row.id: of_arm[key] for row in rows if (key := f"{suite}/{row.id}") in of_arm}
        for arm, of_arm in answers.items()
    }
