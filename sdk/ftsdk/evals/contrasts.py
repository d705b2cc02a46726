"""The subject (the tuned arm) against every other arm, on every metric, with one question asked first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from ftsdk import stats
from ftsdk.evals.estimates import CONFIDENCE, difference_estimate, difference_test, effective_spread, paired
from ftsdk.evals.graded import UNGRADED, Graded
from ftsdk.evals.graders import Grader, unit_of
from ftsdk.evals.value import Arm, Contrast
from ftsdk.evals.verdict import GREATEST_FAILURE_SHARE, MARGIN, judge, rows_to_tell


def best_prompted(graded: Graded, subject: Arm) -> Arm | None:
    """The prompted or few-shot arm with the highest mean of the primary metric; None when there is none.

    It is chosen on the same rows, which favours it and so never flatters the subject.
    """
    return _best(graded, [arm for arm in graded.arms if arm.kind in ("prompted", "few_shot") and arm != subject])


def reference_arm(graded: Graded, subject: Arm) -> Arm | None:
    """What the subject is measured against first: the best prompted arm, else the base, else the best other arm."""
    others = [arm for arm in graded.arms if arm != subject]
    bases = [arm for arm in others if arm.kind == "base"]
    return best_prompted(graded, subject) or _best(graded, bases) or _best(graded, others)


def all_contrasts(
    graded: Graded, subject: Arm, reference: Arm | None, margins: Mapping[str, float]
) -> tuple[Contrast, ...]:
    """Subject versus every other arm for every metric, the primary contrast first.

    The others' p-values carry Holm's correction; where that takes "better" or "worse" away, the verdict follows.
    """
    others = sorted((arm for arm in graded.arms if arm != subject), key=lambda arm: arm != reference)
    found = [
        contrast(graded, subject, other, grader, margins.get(grader.name, MARGIN))
        for grader in graded.graders
        for other in others
    ]
    if not found:
        return ()
    primary = found[0].model_copy(update={"primary": True})
    adjusted = stats.holm([item.p_value for item in found[1:]])
    return (primary, *(_corrected(item, p) for item, p in zip(found[1:], adjusted, strict=True)))


def contrast(graded: Graded, first: Arm, second: Arm, grader: Grader, margin: float) -> Contrast:
    """One metric, two arms, the same rows; no verdict where more than 2 % of an arm's calls failed."""
    values = graded.values(first.name, grader.name), graded.values(second.name, grader.name)
    clusters, binary, unit = graded.clusters(), graded.binary(grader), unit_of(grader)
    differences = paired(*values)
    difference = difference_estimate(*values, clusters, binary=binary, unit=unit)
    p_value, test = difference_test(*values, clusters, binary=binary)
    won = [value if unit == "share" else -value for value in differences]
    wins, losses = sum(value > 0 for value in won), sum(value < 0 for value in won)
    if unit != "share":
        margin = 0.0
    silent = withheld(graded, first, second) or ungradable(graded, grader, first, second)
    verdict = "cannot tell" if silent else judge(difference, margin)
    rows_needed = None
    if verdict == "cannot tell" and unit == "share" and not silent:
        spread = effective_spread(differences, clusters)
        rows_needed = rows_to_tell(difference.value, spread, len(differences), margin)
    return Contrast(
        metric=grader.name,
        first=first.name,
        second=second.name,
        difference=difference,
        p_value=p_value,
        test=test,
        wins=wins,
        losses=losses,
        ties=len(won) - wins - losses,
        verdict=verdict,
        rows_needed=rows_needed,
        exact_p=stats.mcnemar(wins, losses).exact if binary and clusters is None else None,
    )


def withheld(graded: Graded, *arms: Arm) -> bool:
    """Whether so many calls of an arm failed that nothing may be concluded from it."""
    return any(graded.failures(arm.name) > GREATEST_FAILURE_SHARE * len(graded.rows) for arm in arms)


def ungradable(graded: Graded, grader: Grader, *arms: Arm) -> bool:
    """Whether a grader failed on so many rows that its figures say nothing."""
    failed = max(
        sum(score.detail.startswith(UNGRADED) for score in graded.scores[arm.name][grader.name]) for arm in arms
    )
    return failed > GREATEST_FAILURE_SHARE * len(graded.rows)


def smallest_visible_points(graded: Graded, primary: Contrast) -> float | None:
    """Least gain of the primary metric, in points, that so many rows show with 80 % power, by what was observed."""
    grader, n = graded.graders[0], len(graded.rows)
    values = (graded.values(name, grader.name) for name in (primary.first, primary.second))
    differences, clusters = paired(*values), graded.clusters()
    if unit_of(grader) != "share":
        return None
    if graded.binary(grader):
        rows = n if clusters is None else int(n / stats.design_effect(differences, clusters))
        visible = stats.smallest_rates(rows, primary.losses / n)
        return 100.0 if visible is None else 100 * visible
    return 100 * min(1.0, stats.smallest_mean(n, effective_spread(differences, clusters)))


def _best(graded: Graded, arms: Sequence[Arm]) -> Arm | None:
    sign = 1 if unit_of(graded.graders[0]) == "share" else -1
    return max(arms, key=lambda arm: sign * fmean(graded.values(arm.name, graded.graders[0].name)), default=None)


def _corrected(item: Contrast, p_value: float) -> Contrast:
    verdict = item.verdict
    if p_value > 1 - CONFIDENCE:
        verdict = {"better": "not worse", "worse": "cannot tell"}.get(verdict, verdict)  # type: ignore[assignment]
    return item.model_copy(update={"p_value": p_value, "test": f"{item.test}, Holm", "verdict": verdict})
