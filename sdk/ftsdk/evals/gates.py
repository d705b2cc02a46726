"""Gates: conditions of the spec on a comparison; anything but a clear yes fails closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ftsdk.evals.contrasts import best_prompted, withheld
from ftsdk.evals.estimates import difference_estimate, mean_estimate
from ftsdk.evals.graded import Graded
from ftsdk.evals.phrases import interval, margin_points, points, share
from ftsdk.evals.value import Arm, Estimate, GateResult
from ftsdk.spec.model import Gate

Outcome = Literal["passed", "failed", "cannot tell"]
_ROUNDING = 1e-9  # 0.7 - 0.4 is a hair below 0.3


def check_gates(
    gates: Sequence[Gate], graded: Graded, subject: Arm | None, *, held_out: bool, looks: int = 1
) -> tuple[GateResult, ...]:
    """Every gate's outcome, in the spec's order.

    ``looks`` is how often these rows may decide: each look gets its share of the error that a gate's confidence
    allows, so that all together make no more of it (Bonferroni).
    """
    shared = (gate.model_copy(update={"confidence": 1 - (1 - gate.confidence) / looks}) for gate in gates)
    return tuple(_result(gate, graded, subject, held_out) for gate in (gates if looks == 1 else shared))


def gate_text(gate: Gate) -> str:
    """The gate as a phrase: "fields above best_prompted, with 95 % confidence"."""
    if gate.min is not None:
        return f"{gate.metric} at least {share(gate.min)}"
    if gate.min_delta is not None:
        return f"{gate.metric} at least {margin_points(gate.min_delta)} above base"
    wanted = f"at most {margin_points(gate.margin)} below" if gate.margin else "above"
    return f"{gate.metric} {wanted} {gate.versus}, with {100 * gate.confidence:.4g} % confidence"


def _result(gate: Gate, graded: Graded, subject: Arm | None, held_out: bool) -> GateResult:
    outcome, detail = _outcome(gate, graded, subject, held_out)
    return GateResult(text=gate_text(gate), outcome=outcome, detail=detail)


def _outcome(gate: Gate, graded: Graded, subject: Arm | None, held_out: bool) -> tuple[Outcome, str]:
    if subject is None:
        return "cannot tell", "no tuned arm was evaluated"
    if not held_out:
        return "cannot tell", "the rows are not known to be held-out"
    if gate.metric not in {grader.name for grader in graded.graders}:
        return "cannot tell", f"no metric {gate.metric!r} was computed"
    if graded.unit(gate.metric) != "share" and gate.versus is None:
        return "cannot tell", f"{gate.metric} is a quantity, of which less is better: only versus can be asked of it"
    if gate.min is not None:
        return _least_value(gate, gate.min, graded, subject)
    return _least_gain(gate, graded, subject)


def _least_value(gate: Gate, least: float, graded: Graded, subject: Arm) -> tuple[Outcome, str]:
    if withheld(graded, subject):
        return "cannot tell", f"too many calls of {subject.name} failed"
    values = graded.values(subject.name, gate.metric)
    unit = graded.unit(gate.metric)
    estimate = mean_estimate(
        values, graded.clusters(), binary=_binary(gate, graded), confidence=gate.confidence, unit=unit
    )
    return "passed" if estimate.value >= least - _ROUNDING else "failed", f"{subject.name} {interval(estimate)}"


def _least_gain(gate: Gate, graded: Graded, subject: Arm) -> tuple[Outcome, str]:
    other = _other_arm(gate, graded, subject)
    if other is None:
        return "cannot tell", f"no arm to stand for {gate.versus or 'base'} was evaluated"
    if withheld(graded, subject, other):
        return "cannot tell", f"too many calls of {subject.name} or {other.name} failed"
    first, second = (graded.values(arm.name, gate.metric) for arm in (subject, other))
    binary = _binary(gate, graded)
    unit = graded.unit(gate.metric)
    difference = difference_estimate(
        first, second, graded.clusters(), binary=binary, confidence=gate.confidence, unit=unit
    )
    if unit != "share":  # of a quantity less is better
        outcome: Outcome = "passed" if difference.high < 0 else "failed" if difference.low > 0 else "cannot tell"
        return outcome, f"{points(difference)} against {other.name}"
    return _gain_outcome(gate, difference), f"{points(difference)} against {other.name}"


def _gain_outcome(gate: Gate, difference: Estimate) -> Outcome:
    if gate.min_delta is not None:
        return "passed" if difference.value >= gate.min_delta - _ROUNDING else "failed"
    margin = gate.margin or 0.0
    if difference.low > -margin:
        return "passed"
    return "failed" if difference.high < -margin else "cannot tell"


def _other_arm(gate: Gate, graded: Graded, subject: Arm) -> Arm | None:
    if gate.versus == "best_prompted":
        return best_prompted(graded, subject)
    return next((arm for arm in graded.arms if arm.kind == "base"), None)


def _binary(gate: Gate, graded: Graded) -> bool:
    return next(graded.binary(grader) for grader in graded.graders if grader.name == gate.metric)
