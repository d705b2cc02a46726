"""The project's rules applied to one plan: a table of plain functions; what cannot be judged has failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import NamedTuple

from ftsdk.catalogue import is_pinned
from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.plan.snapshot import Snapshot
from ftsdk.plan.teams import ALL_TEAMS
from ftsdk.plan.value import Plan, Verdict
from ftsdk.spec.policy import Policy

PRIVATE = "data/personal"


class Case(NamedTuple):
    """A plan with what rules look at beside it: today, where specs and rules stand, and what a month has cost."""

    plan: Plan
    policy: Policy
    day: date
    spec_place: Callable[..., Place]
    rule_place: Callable[..., Place]
    month_usd: Decimal | None
    unpriced: tuple[str, ...] = ()


# What a rule found: None when it is kept, else the sentence, where in the spec, and what to do.
Breach = tuple[str, tuple[str | int, ...], str] | None


def _allowed(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _connections(case: Case) -> Breach:
    rule, name = case.policy.connections, case.plan.spec.spec.connection
    if rule is None or _allowed(name, rule.allow):
        return None
    return f"the connection {name} may not train here", ("spec", "connection"), f"allowed: {', '.join(rule.allow)}"


def _models(case: Case) -> Breach:
    rule, name = case.policy.models, case.plan.spec.spec.model
    if rule is None or _allowed(name, rule.allow):
        return None
    return f"the model {name} may not be trained here", ("spec", "model"), f"allowed: {', '.join(rule.allow)}"


def _methods(case: Case) -> Breach:
    rule, name = case.policy.methods, case.plan.spec.spec.method.type
    if rule is None or name in rule.allow:
        return None
    return f"the method {name} may not be used here", ("spec", "method", "type"), f"allowed: {', '.join(rule.allow)}"


def _pinned(case: Case) -> Breach:
    name = case.plan.spec.spec.model
    # The embedded model is pinned by the hash of its weights.
    if is_pinned(name) or (case.plan.order.model == name and _is_embedded(case)):
        return None
    return f"{name} is not a dated snapshot: it may change under you", ("spec", "model"), "write the dated name"


def _is_embedded(case: Case) -> bool:
    from ftsdk.catalogue import MODELS

    return any(row.name == case.plan.spec.spec.model and row.connection_type == "local" for row in MODELS)


def _run_usd(case: Case) -> Breach:
    rule, usd = case.policy.max_usd_per_run, Decimal(str(case.plan.usd.high))
    if rule is None or (usd <= rule.usd and not case.unpriced):
        return None
    if case.unpriced:
        return (
            f"nobody has a price for {', '.join(case.unpriced)}",
            ("spec", "model"),
            "say it in spec.prices of ftsdk.yaml",
        )
    return f"it may cost ${usd:.2f}, and a run may cost ${rule.usd:.2f}", ("spec",), "train on fewer rows or epochs"


def _month_usd(case: Case) -> Breach:
    rule, usd = case.policy.max_usd_per_month, Decimal(str(case.plan.usd.high))
    if rule is None:
        return None
    if case.month_usd is None:
        return (
            "nobody can say what this month has cost: the store was not asked",
            ("spec",),
            "plan with the store at hand",
        )
    total = case.month_usd + usd
    if total <= rule.usd:
        return None
    return f"with it this month may cost ${total:.2f}, more than ${rule.usd:.2f}", ("spec",), "wait for the next month"


def _life(case: Case) -> Breach:
    rule, life = case.policy.min_life_days, case.plan.life
    if rule is None or life is None or life.serves_until is None:
        return None
    days = life.days_from(case.day) or 0
    if days >= rule.days:
        return None
    return (
        f"a model tuned from {case.plan.order.model} answers for {max(days, 0)} more days, until {life.serves_until}",
        ("spec", "model"),
        f"{rule.days} are asked for; {'; '.join(case.plan.alternatives) or 'choose a younger model'}",
    )


def _gates(case: Case) -> Breach:
    rule, body = case.policy.required_gates, case.plan.spec.spec
    if rule is None or body.promote is None or body.promote.alias not in rule.aliases:
        return None
    if rule.versus is None and body.gates:
        return None
    if rule.versus is not None and any(gate.versus == rule.versus for gate in body.gates):
        return None
    wanted = f"a gate against {rule.versus}" if rule.versus else "a gate"
    return f"{body.promote.alias} moves only behind {wanted}", ("spec", "promote", "alias"), "add it under spec.gates"


def _test_rows(case: Case) -> Breach:
    rule, plan = case.policy.min_test_rows, case.plan
    rows = max((arm.rows for arm in plan.arms), default=0)
    if rule is None or rows >= rule.rows:
        return None
    return f"{rows} held-out rows are compared", ("spec", "evaluation"), f"at least {rule.rows} are asked for"


def _power(case: Case) -> Breach:
    rule, seen = case.policy.min_power, case.plan.smallest_visible
    if rule is None or (seen is not None and seen[1] <= rule.points):
        return None
    shows = "show no gain" if seen is None else f"show a gain of {seen[1]:.0f} points at the least"
    return f"the held-out rows {shows}", ("spec", "evaluation"), f"{rule.points:g} are asked for: add rows"


def _private(case: Case) -> Breach:
    found = [finding for finding in case.plan.findings if finding.code.startswith(PRIVATE)]
    if case.policy.pii is None or not found:
        return None
    return (
        f"{len(found)} findings of personal data in the training rows",
        ("spec", "dataset"),
        "`ft data fix` masks them",
    )


def _certificate(case: Case) -> Breach:
    leak, asked = case.plan.leak, case.plan.spec.spec.evaluation is not None
    if case.policy.leak_certificate is None or not asked or (leak is not None and leak.held_out):
        return None
    return (
        "there is no certificate that the test rows were held out",
        ("spec", "evaluation"),
        "`ft data split` makes one",
    )


def _priced(case: Case) -> Breach:
    if not case.unpriced:
        return None
    help = "say it in spec.prices of ftsdk.yaml, or let it through with policy.priced: {level: advisory}"
    return f"nobody has a price for {', '.join(case.unpriced)}", ("spec", "model"), help


RULES: dict[str, Callable[[Case], Breach]] = {
    "connections": _connections,
    "models": _models,
    "methods": _methods,
    "pinned_models": _pinned,
    "max_usd_per_run": _run_usd,
    "max_usd_per_month": _month_usd,
    "min_life_days": _life,
    "required_gates": _gates,
    "min_test_rows": _test_rows,
    "min_power": _power,
    "pii": _private,
    "leak_certificate": _certificate,
    "priced": _priced,
}


def judge(case: Case) -> tuple[Verdict, ...]:
    """What every rule that the project has says of the plan; a price is asked for also where no rule says so."""
    return tuple(_verdict(name, rule, case) for name, rule in RULES.items() if name == "priced" or _holds(name, case))


def _holds(name: str, case: Case) -> bool:
    return getattr(case.policy, name) is not None


def _verdict(name: str, rule: Callable[[Case], Breach], case: Case) -> Verdict:
    written = getattr(case.policy, name)
    level = written.level if written is not None else "hard_mandatory"
    breach = rule(case)
    if breach is None:
        return Verdict(rule=name, level=level, passed=True, message="kept")
    message, path, help = breach
    return Verdict(rule=name, level=level, passed=False, message=message, place=case.spec_place(*path), help=help)


def policy_findings(verdicts: tuple[Verdict, ...]) -> Iterator[Diagnostic]:
    """What failed, as findings: an error where apply would refuse, a warning where somebody may override it."""
    for verdict in verdicts:
        if verdict.passed:
            continue
        severity = Severity.error if verdict.level == "hard_mandatory" else Severity.warning
        said = f"{verdict.message} (policy.{verdict.rule}, {verdict.level.replace('_', ' ')})"
        code = f"policy/{verdict.rule.replace('_', '-')}"
        yield Diagnostic(code=code, severity=severity, message=said, place=verdict.place, help=verdict.help)


def month_spent(snapshot: Snapshot, month: str) -> Decimal | None:
    """What the project has spent or holds in a month; None when the store was not asked."""
    if snapshot.state is None:
        return None
    ours = (each for each in snapshot.state.money if (each.team, each.month) == (ALL_TEAMS, month))
    return sum((each.held + each.spent for each in ours), Decimal(0))
