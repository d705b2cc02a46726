"""The phases after training: evaluate, gate, await approval, promote."""

from __future__ import annotations

from ftsdk.providers.base import JobResult
from ftsdk.runs.transition import EventDraft, Transition, World, entered, failed
from ftsdk.runs.value import RunRow

AGREEMENT_SECONDS = 30.0


def evaluate(row: RunRow, world: World) -> Transition:
    """Answer and grade the held-out rows under every arm."""
    comparison = world.evaluate(JobResult.model_validate(row.data["result"]))
    key = world.keep(comparison)
    learnt = {"comparison": key, "evaluation_usd": comparison.usd}
    return Transition("gate", learnt, (entered("gate", comparison.headline),))


def gate(row: RunRow, world: World) -> Transition:
    """Let a run through only when every gate passed; anything else fails closed."""
    comparison = world.kept(row.data["comparison"])
    shut = [result for result in comparison.gates if result.outcome != "passed"]
    if not shut:
        text = f"{len(comparison.gates)} gates passed" if comparison.gates else "no gates are declared"
        return Transition("await_approval", events=(entered("await_approval", text),))
    unsure = all(result.outcome == "cannot tell" for result in shut)
    text = "; ".join(f"{result.text}: {result.outcome} ({result.detail})" for result in shut)
    return failed(
        "data",
        f"{'a gate cannot tell' if unsure else 'a gate failed'}, nothing was promoted: {text}",
        f"read `ft report {row.id}`: more or more varied rows, another prompt, or no fine-tune at all",
        {"outcome": "no_verdict" if unsure else "gate_failed"},
    )


def await_approval(row: RunRow, world: World) -> Transition:
    """Wait until the people who must agree to the promotion have; nothing is spent meanwhile."""
    wanted = world.plan.spec.spec.promote
    if wanted is None or wanted.when == "manual":
        text = "done" if wanted is None else f"done; promote it with `ft promote {row.id}`"
        return Transition("done", events=(entered("done", text),))
    agreement = world.agreement()
    if agreement == "waiting":
        text = f"waits for approval (`ft approvals`); then {wanted.alias} moves"
        told: tuple[EventDraft, ...] = () if row.data.get("asked") else (("message", text, {}),)
        return Transition("await_approval", {"asked": True}, told, wait=AGREEMENT_SECONDS)
    if agreement == "refused":
        text = f"the promotion to {wanted.alias} was refused; the alias stays where it was"
        return failed("configuration", text, "`ft approvals --all` shows by whom and why")
    said = "nobody needs to agree" if agreement == "not needed" else "approved"
    return Transition("promote", events=(entered("promote", said),))


def promote(row: RunRow, world: World) -> Transition:
    """Move the alias where the spec asks for it, once the served model has proved to be the evaluated one."""
    wanted = world.plan.spec.spec.promote
    assert wanted is not None  # await_approval lets no other run through
    proof = world.prove_serving()
    if not proof.held:
        return failed("platform", f"{proof.sentence}; {wanted.alias} stays where it was", proof.next_step(row.id))
    resolved = world.promote(wanted.alias)
    return Transition(
        "done",
        {"alias": resolved.alias, "version": resolved.version},
        (entered("done", f"{resolved.alias} is now version {resolved.version}"),),
    )
