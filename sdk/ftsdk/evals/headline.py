"""The one sentence of a comparison that a manager can repeat."""

from __future__ import annotations

from ftsdk.evals.contrasts import withheld
from ftsdk.evals.graded import Graded
from ftsdk.evals.graders import Grader, unit_of
from ftsdk.evals.phrases import amount, margin_points, points
from ftsdk.evals.value import RECORDED, Arm, ArmSummary, Contrast


def write_headline(
    graded: Graded, summaries: tuple[ArmSummary, ...], primary: Contrast | None, margin: float, *, held_out: bool
) -> str:
    """Both means, the difference with its interval, the number of rows, and what follows when it is not "better"."""
    grader, by_name = graded.graders[0], {summary.arm.name: summary for summary in summaries}
    rows = f"{len(graded.rows)} {'held-out ' if held_out else ''}row{'' if len(graded.rows) == 1 else 's'}"
    if primary is None:
        return f"{_sentence(_mean_of(summaries[0], grader))} on {rows}."
    first, second = by_name[primary.first], by_name[primary.second]
    other = f"{_other(second.arm)} {amount(second.metrics[grader.name].value, unit_of(grader))}"
    both = f"{_mean_of(first, grader)}, {other}: {points(primary.difference)}{_money(first, second)} on {rows}"
    return _sentence(f"{both}{_consequence(graded, primary, first.arm, second.arm, margin)}.")


def _money(first: ArmSummary, second: ArmSummary) -> str:
    """What 1,000 calls cost in both arms, where that is known and something."""
    mine, theirs = first.usd_per_1000, second.usd_per_1000
    if mine is None or theirs is None or not (mine or theirs):
        return ""
    return f", at {_usd(mine)} instead of {_usd(theirs)} per 1,000 calls,"


def _usd(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 0.1 or amount == 0 else f"${amount:.2g}"


def _consequence(graded: Graded, primary: Contrast, first: Arm, second: Arm, margin: float) -> str:
    if withheld(graded, first, second):
        missing = {first.model, second.model} == {RECORDED}
        return f"; no verdict, because too many {'answers are missing' if missing else 'calls failed'}"
    if primary.verdict == "not worse":
        wording = "lower, but by less than" if primary.difference.high < 0 else "not worse by more than"
        return f"; {wording} {margin_points(margin)}"
    if primary.verdict == "cannot tell":
        more = None if primary.rows_needed is None else primary.rows_needed - len(graded.rows)
        return "; cannot tell" if more is None else f"; cannot tell: about {more:,} more rows needed"
    return "; worse" if primary.verdict == "worse" else ""


def _mean_of(summary: ArmSummary, grader: Grader) -> str:
    return f"{_arm(summary.arm)} {grader.phrase.format(amount(summary.metrics[grader.name].value, unit_of(grader)))}"


def _other(arm: Arm) -> str:
    return f"the best prompt ({arm.name})" if arm.kind in ("prompted", "few_shot") else _arm(arm)


def _arm(arm: Arm) -> str:
    return {"tuned": "tuned", "base": "the base model"}.get(arm.kind, arm.name)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
