"""Expected answers against their own graders, before anything is paid for: a right answer must get a full score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ftsdk.data.value import Row
from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.evals.graded import score_answer
from ftsdk.evals.graders import Grader, NeedsNoExpected
from ftsdk.evals.graders.function import text_answer
from ftsdk.providers.inference import Answer

FULL = 1.0
MOST_SHOWN = 20


def check_expected(rows: Sequence[Row], graders: Sequence[Grader], name: str) -> tuple[Diagnostic, ...]:
    """Errors for rows of the file ``name`` whose expected answer a grader would mark down; at most 20 a grader."""
    checked = [grader for grader in graders if not isinstance(grader, NeedsNoExpected)]
    return tuple(finding for grader in checked for finding in _marked_down(rows, grader, name))


def _expected(row: Row) -> Answer:
    calls = tuple(call.model_dump() for call in row.messages[-1].tool_calls)
    return text_answer(row.answer).model_copy(update={"tool_calls": calls})


def _marked_down(rows: Sequence[Row], grader: Grader, name: str) -> Iterator[Diagnostic]:
    scores = ((row, score_answer(grader, _expected(row), row)) for row in rows)
    wrong = [(row, score) for row, score in scores if score.value < FULL]
    for number, (row, score) in enumerate(wrong[:MOST_SHOWN], 1):
        more = len(wrong) - MOST_SHOWN if number == MOST_SHOWN else 0
        yield Diagnostic(
            code="evals/expected-answer",
            severity=Severity.error,
            message=f"the expected answer does not satisfy the metric {grader.name}: {score.detail}"
            + (f" (and {more} rows more)" if more > 0 else ""),
            place=Place(file=name, line=row.line),
            help="correct the row, or measure it by another metric",
        )
