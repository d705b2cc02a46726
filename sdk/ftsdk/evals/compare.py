"""Arms on the same rows become a comparison: estimates, paired contrasts, gates, a verdict and one sentence."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ftsdk.data.value import Message, Row
from ftsdk.evals.confusion import confusions
from ftsdk.evals.contrasts import all_contrasts, reference_arm, smallest_visible_points
from ftsdk.evals.gates import check_gates
from ftsdk.evals.graded import UNGRADED, Costs, Given, Graded, Scores, grade_answers
from ftsdk.evals.graders import Grader
from ftsdk.evals.headline import write_headline
from ftsdk.evals.phrases import share
from ftsdk.evals.segments import segments
from ftsdk.evals.summary import summarise
from ftsdk.evals.value import RECORDED, Arm, Comparison, JudgeReport, RowResult, SuiteResult
from ftsdk.evals.verdict import GREATEST_FAILURE_SHARE, MARGIN
from ftsdk.providers.inference import FinishReason
from ftsdk.spec.model import Gate

MOST_ROWS = 5000
"""So many rows a comparison carries with their answers; a report shows a few of them, and stays small."""


@dataclass(frozen=True)
class Beside:
    """What a comparison needs beside the answers: repeats, judges' scores, near-duplicates, prices, segments, looks."""

    further: Sequence[Given] = ()
    scores: Scores = field(default_factory=dict)
    near: Mapping[str, str] = field(default_factory=dict)
    costs: Costs = field(default_factory=dict)
    segments: Sequence[str] = ()
    judges: Sequence[JudgeReport] = ()
    looks: int | None = None
    max_looks: int | None = None
    notes: Sequence[str] = ()


def compare_arms(
    name: str,
    arms: Sequence[Arm],
    answers_by_arm: Given,
    rows: Sequence[Row],
    graders: Sequence[Grader],
    *,
    gates: Sequence[Gate] = (),
    sampled_from: int,
    held_out: bool,
    suites: Sequence[SuiteResult] = (),
    subject: str | None = None,
    beside: Beside = Beside(),
) -> Comparison:
    """The comparison of ``arms`` by ``graders`` (the first is the primary metric) on ``rows``.

    ``subject`` names the arm that the others are measured against; without it, the tuned one. A missing answer counts
    as a failure and scores 0. ``beside`` is what was found apart from the answers. Above 5,000 rows the comparison
    carries 5,000 of them, drawn by their ids; all its figures are of all. The margin of "not worse" is that of
    a gate on the metric, else 3 points. Raises UsageError when there is nothing to compare or answers belong to no arm
    or row.
    """
    graded = grade_answers(
        arms, answers_by_arm, rows, graders,
        further=beside.further, scores=beside.scores, near=beside.near, costs=beside.costs,
    )  # fmt: skip
    first = _subject(arms, subject)
    margins = _margins(gates)
    contrasts = () if first is None else all_contrasts(graded, first, reference_arm(graded, first), margins)
    primary = contrasts[0] if contrasts else None
    summaries = summarise(graded)
    margin = margins.get(graders[0].name, MARGIN)
    kept = _kept_rows(rows)
    return Comparison(
        name=name,
        headline=write_headline(graded, summaries, primary, margin, held_out=held_out),
        verdict="cannot tell" if primary is None else primary.verdict,
        primary_metric=graders[0].name,
        primary=primary,
        arms=summaries,
        contrasts=contrasts,
        gates=check_gates(gates, graded, first, held_out=held_out, looks=beside.max_looks or 1),
        rows=tuple(_row_result(graded, place, rows[place]) for place in kept),
        suites=tuple(suites),
        sampled_from=sampled_from,
        smallest_visible=None if primary is None else smallest_visible_points(graded, primary),
        infrastructure_failures=sum(graded.failures(arm.name) for arm in arms) / (len(arms) * len(rows)),
        held_out=held_out,
        notes=(*_notes(graded, held_out), *beside.notes),
        segments=() if primary is None else segments(graded, primary, margin, beside.segments),
        confusions=confusions(graded),
        judges=tuple(beside.judges),
        repeats=graded.repeats,
        looks=beside.looks,
        row_count=len(rows) if len(kept) < len(rows) else None,
    )


def losses(comparison: Comparison, metric: str | None = None, against: str | None = None) -> tuple[RowResult, ...]:
    """Rows on which the subject scored lower than the other arm, worst first; the primary contrast by default."""
    primary = comparison.primary
    if primary is None:
        return ()
    metric, other = metric or primary.metric, against or primary.second
    gap = {row.id: row.scores[primary.first][metric].value - row.scores[other][metric].value for row in comparison.rows}
    return tuple(sorted((row for row in comparison.rows if gap[row.id] < 0), key=lambda row: gap[row.id]))


def _kept_rows(rows: Sequence[Row]) -> Sequence[int]:
    """Places of the rows to read, drawn by lot; the same ids win in every comparison, so that two can be paired."""
    if len(rows) <= MOST_ROWS:
        return range(len(rows))
    lots = ((hashlib.sha256(row.id.encode("utf-8", "replace")).digest(), place) for place, row in enumerate(rows))
    return sorted(place for _lot, place in heapq.nsmallest(MOST_ROWS, lots))


def _margins(gates: Sequence[Gate]) -> dict[str, float]:
    """The strictest margin above 0 that a gate names, by metric; 0.0 asks for "better" and moves no verdict."""
    named = sorted(((gate.margin, gate.metric) for gate in gates if gate.margin), reverse=True)
    return {metric: margin for margin, metric in named}


def _subject(arms: Sequence[Arm], name: str | None) -> Arm | None:
    return next((arm for arm in arms if (arm.kind == "tuned" if name is None else arm.name == name)), None)


def _row_result(graded: Graded, index: int, row: Row) -> RowResult:
    return RowResult(
        id=row.id,
        group=row.group,
        prompt=_prompt_text(row.prompt),
        expected=row.answer,
        answers={arm: answers[index] for arm, answers in graded.answers.items()},
        scores={
            arm: {metric: scores[index] for metric, scores in metrics.items()} for arm, metrics in graded.scores.items()
        },
    )


def _prompt_text(prompt: Sequence[Message]) -> str:
    turns = [message for message in prompt if message.role != "system"]
    if len(turns) == 1:
        return turns[0].content
    return "\n".join(f"{message.role}: {message.content}" for message in turns)


_ENDED: tuple[tuple[FinishReason, str], ...] = (("length", "were cut off by max_tokens"), ("refused", "were refused"))


def _notes(graded: Graded, held_out: bool) -> list[str]:
    rows, notes = len(graded.rows), []
    for arm in graded.arms:
        failed = graded.failures(arm.name)
        asked = arm.model != RECORDED
        said = f"calls of {arm.name} failed" if asked else f"answers of {arm.name} are missing"
        if failed > GREATEST_FAILURE_SHARE * rows:
            step = "; start again to ask only these once more" if asked else ""
            notes.append(
                f"{failed} of {rows} {said} ({share(failed / rows)}): no verdict on it above "
                f"{share(GREATEST_FAILURE_SHARE)}{step}"
            )
        elif failed:
            notes.append(f"{failed} of {rows} {said}; they score 0")
        reasons = Counter(answer.finish_reason for answer in graded.answers[arm.name])
        for reason, said in _ENDED:
            if count := reasons[reason]:
                notes.append(f"{count} of {rows} answers of {arm.name} {said}; they are graded as they are")
    for grader in graded.graders:
        ungraded = {
            place
            for metrics in graded.scores.values()
            for place, score in enumerate(metrics[grader.name])
            if score.detail.startswith(UNGRADED)
        }
        if ungraded:
            notes.append(f"{len(ungraded)} of {rows} rows could not be graded by {grader.name}; they score 0")
    notes += [f"{grader.name}: {grader.caution}" for grader in graded.graders if grader.caution]
    if graded.near:
        notes.append(f"{len(graded.near)} rows nearly repeat another; such rows count as one in the intervals")
    if rows > 1 and graded.rows[0].group is not None and len({row.group for row in graded.rows}) == 1:
        notes.append("all rows are of one group: the intervals say nothing about other groups")
    if rows > MOST_ROWS:
        notes.append(f"figures are of all {rows:,} rows; {MOST_ROWS:,} of them, drawn by lot, are here to read")
    if not held_out:
        notes.append("these rows are not known to be held-out: the model may have seen them in training")
    return notes
