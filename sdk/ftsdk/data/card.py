"""Is it enough? What a file of rows can teach, and what a test of so many rows can show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ftsdk.data.checks import check
from ftsdk.data.split import Shares
from ftsdk.data.splitting import certify_files
from ftsdk.data.value import DataReport, LeakCertificate, Method
from ftsdk.errors import SpecError
from ftsdk.stats import visible_points, wilson
from ftsdk.values import Value

Progress = Callable[[int, int], None]
SHOWN_FINDINGS = 100

# Fewest rows -> what the guidance says of so many. OpenAI's fine-tuning guide (10, 50 to 100, doublings); Microsoft's
# course on Azure fine-tuning (50 to 100 pairs for dpo, 30 to 50 prompts for rft); encoder classifiers (200 to 500).
GUIDANCE: tuple[tuple[int, str], ...] = (
    (500, "500 rows and more: from here each doubling gains about the same again, at best"),
    (100, "100 to 499 rows: enough for a form, a style or few labels; classifiers of many labels want 200 to 500"),
    (
        50,
        "50 to 99 rows: where improvements begin to show; if none does, rethink the task or the rows, not their number",
    ),
    (10, "fewer than 50 rows: improvements are seen from 50 to 100; gather more, or put these few into the prompt"),
    (0, "fewer than 10 rows: OpenAI and Azure refuse the file; put them into the prompt as examples"),
)


class Agreement(Value):
    """How often rows that ask the same have the same answer: ``same`` of ``rows``; a share with its Wilson interval.

    No model is expected to agree with these labels more often than they agree among themselves.
    """

    rows: int
    same: int
    share: float
    low: float
    high: float


class TestPower(Value):
    """The smallest difference, in points of 100 (best and worst case), that ``rows`` held-out rows show reliably."""

    __test__ = False  # pytest takes classes that begin so for tests

    rows: int
    of: str
    yes_no: tuple[float, float] | None
    score: tuple[float, float] | None


class DataCard(Value):
    """What is known of rows before they are paid for; ``check`` has the first findings, its profile counts them all."""

    source: str
    check: DataReport
    distinct_prompts: int
    agreement: Agreement | None
    power: TestPower
    guidance: str
    certificate: LeakCertificate | None = None


def data_card(
    path: Path | str,
    *,
    test: Path | str | None = None,
    model: str | None = None,
    method: Method | None = None,
    name: str | None = None,
    progress: Progress | None = None,
) -> DataCard:
    """Rows, tokens, repeats, agreement, and what a test can show: of ``test``, else of a fifth of the rows.

    With ``test`` the card has the leak certificate too (None where a row of either file has an error). Raises SpecError
    when there is no row at all.
    """
    shown = name or str(path)
    report = check(path, model=model, method=method, name=shown, progress=progress)
    rows = report.totals["rows"]
    if not rows:
        raise SpecError(f"{shown} has no row to report on", findings=report.findings[:SHOWN_FINDINGS], owner="data")
    certificate = _certificate(path, test, method or "sft") if test is not None else None
    return DataCard(
        source=shown,
        check=report.model_copy(update={"findings": report.findings[:SHOWN_FINDINGS]}),
        distinct_prompts=report.profile.distinct_prompts,
        agreement=agreement_of(report),
        power=_power(rows, str(test) if test else None, certificate, method or "sft"),
        guidance=next(text for least, text in GUIDANCE if rows >= least),
        certificate=certificate,
    )


def agreement_of(report: DataReport) -> Agreement | None:
    """Agreement of each repeated prompt's answer with the first answer to it; None when no prompt is repeated."""
    same, other = (report.profile.found.get(code, 0) for code in ("data/duplicate", "data/conflict"))
    if not same + other:
        return None
    interval = wilson(same, same + other)
    return Agreement(rows=same + other, same=same, share=same / (same + other), low=interval.low, high=interval.high)


def _certificate(path: Path | str, test: Path | str, method: Method) -> LeakCertificate | None:
    """None where a row cannot be read: what was not compared is not certified."""
    try:
        return certify_files(path, test, method=method)
    except SpecError:
        return None


def _power(rows: int, test: str | None, certificate: LeakCertificate | None, method: Method) -> TestPower:
    if test is None:
        share = Shares().test
        held, of = round(share * rows), f"a test of {share:.0%} of these rows"
    else:
        counted = certificate.test_rows if certificate else None
        held, of = check(test, method=method, tokens="sample").totals["rows"] if counted is None else counted, test
    return TestPower(
        rows=held, of=of, yes_no=visible_points(held, binary=True), score=visible_points(held, binary=False)
    )
