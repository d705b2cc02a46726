"""What a run cost, part by part: the tokens that were billed, the answers that were paid, how long something stood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftsdk.plan.value import CostLine, Plan
from ftsdk.prices import Interval
from ftsdk.runs.value import Phase
from ftsdk.values import Value

NOTHING = Interval(low=0, likely=0, high=0, unit="USD")


class Bill(Value):
    """US dollars by part; a part of a job is called by it, so that a job which was lost stays paid.

    ``billed`` are parts whose money the provider said itself, ``guessed`` those that nobody could count, which are
    the plan's likely ones.
    """

    parts: dict[str, float] = {}
    billed: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()

    @property
    def usd(self) -> float:
        """All parts together."""
        return sum(self.parts.values())


def bill_at_end(plan: Plan, phase: Phase, data: Mapping[str, Any], now: float) -> tuple[Bill, dict[str, Any]]:
    """The bill of a run that ends out of ``phase`` at ``now`` (seconds), and what the run has to remember of it.

    ``data`` is what the run has learnt. An end after a retry adds what was spent since; nothing is counted twice.
    """
    before = Bill.model_validate(data.get("bill", {}))
    parts, billed, guessed = dict(before.parts), set(before.billed), set(before.guessed)
    for name, (usd, how) in _parts(plan, phase, data, now).items():
        parts[name] = parts.get(name, 0.0) + usd if name in ("evaluation", "hosting") else usd
        billed = billed | {name} if how == "billed" else billed - {name}
        guessed = guessed | {name} if how == "guessed" else guessed - {name}
    bill = Bill(parts=parts, billed=tuple(sorted(billed)), guessed=tuple(sorted(guessed)))
    learnt: dict[str, Any] = {"bill": bill.model_dump(), "evaluation_usd": 0.0}
    return bill, learnt | {"deployed_at": now if data.get("deployment") and data.get("deployed_at") else None}


def _parts(plan: Plan, phase: Phase, data: Mapping[str, Any], now: float) -> dict[str, tuple[float, str]]:
    found: dict[str, tuple[float, str]] = {}
    if "job" in data and plan.reuses_run is None:
        found[f"training {data['job']}"] = _training(plan, data)
        if "result" in data:
            kept = {
                "validation": "guessed",
                "grader": "guessed",
                "storage": "counted",
            }  # a tuned model is kept for the month of the plan
            found |= {line.what: (line.usd.likely, kept[line.what]) for line in plan.costs if line.what in kept}
    if "comparison" in data or phase == "evaluate":
        usd = data.get("evaluation_usd") if "comparison" in data else None
        found["evaluation"] = (float(usd), "counted") if usd is not None else (_likely(plan, "evaluation"), "guessed")
    if data.get("deployed_at") and (hosting := next(iter(_lines(plan, "hosting")), None)) is not None:
        found["hosting"] = (_by_quantity(hosting, now - data["deployed_at"]), "counted")
    return found


def _training(plan: Plan, data: Mapping[str, Any]) -> tuple[float, str]:
    """What a job cost, and how that is known; of one that was stopped or failed the share that was trained."""
    told, likely = data.get("so_far", {}), _likely(plan, "training")
    if told.get("billed"):
        return float(told["usd"]), "billed"
    line = next(iter(_lines(plan, "training")), None)
    amount = data.get("result", {}).get(line.unit, 0) if line is not None else 0
    if line is not None and line.quantity and amount:
        # The seconds of a job hold those that it waited for its turn, which are not billed.
        return _by_quantity(line, amount), "counted" if line.unit == "tokens" else "guessed"
    if data.get("job_failed") and told.get("share") is not None:
        return likely * told["share"], "guessed"
    return likely, "guessed" if likely else "counted"


def _by_quantity(line: CostLine, quantity: float) -> float:
    """What so many tokens or seconds cost, at the price of a line."""
    return line.usd.likely * quantity / line.quantity if line.quantity else line.usd.likely


def _lines(plan: Plan, what: str) -> tuple[CostLine, ...]:
    kinds = ("evaluation", "judge") if what == "evaluation" else (what,)
    return tuple(line for line in plan.costs if line.what in kinds)


def _likely(plan: Plan, what: str) -> float:
    return sum((line.usd for line in _lines(plan, what)), NOTHING).likely
