"""Arms answer the same rows, graders score the answers, and statistics say what may be concluded."""

from __future__ import annotations

from ftsdk.evals.arms import arm_messages, build_arms, choose_examples
from ftsdk.evals.compare import compare_arms, losses
from ftsdk.evals.expected import check_expected
from ftsdk.evals.graded import failed_answer
from ftsdk.evals.graders import Grader, build_graders
from ftsdk.evals.journal import Journal, answer_key
from ftsdk.evals.recorded import compare
from ftsdk.evals.runner import answer_rows
from ftsdk.evals.sample import sample_rows
from ftsdk.evals.summary import suite_result
from ftsdk.evals.verdict import GREATEST_FAILURE_SHARE, MARGIN, judge, rows_to_tell

__all__ = [
    "GREATEST_FAILURE_SHARE",
    "MARGIN",
    "Grader",
    "Journal",
    "answer_key",
    "answer_rows",
    "arm_messages",
    "build_arms",
    "build_graders",
    "check_expected",
    "choose_examples",
    "compare",
    "compare_arms",
    "failed_answer",
    "judge",
    "losses",
    "rows_to_tell",
    "sample_rows",
    "suite_result",
]
