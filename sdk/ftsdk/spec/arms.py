"""What the arms of an evaluation are called, in plans, comparisons and reports alike."""

from __future__ import annotations

from pathlib import PurePosixPath

from ftsdk.spec.evaluation import ArmSpec, FewShotArm, PromptedArm
from ftsdk.spec.fields import SpecValue
from ftsdk.spec.other_arms import AliasArm, BaseArm, CheckpointArm, ModelArm, RecordedArm, RetrievalArm, TunedArm

KINDS: dict[type[SpecValue], str] = {
    BaseArm: "base", TunedArm: "tuned", PromptedArm: "prompted", FewShotArm: "few_shot", CheckpointArm: "checkpoint",
    AliasArm: "alias", ModelArm: "model", RetrievalArm: "retrieval", RecordedArm: "recorded",
}  # fmt: skip


def arm_names(arms: tuple[ArmSpec, ...]) -> tuple[str, ...]:
    """A name for each arm, all different: ``base``, ``prompted:long``, ``few_shot:12``, ``tuned``."""
    names: list[str] = []
    for arm in arms:
        candidates = _candidates(arm)
        free = (name for name in candidates if name not in names)
        names.append(next(free, f"{candidates[-1]}:{len(names) + 1}"))
    return tuple(names)


def _candidates(arm: ArmSpec) -> tuple[str, ...]:
    """Names for an arm, the shortest first; the longer ones tell apart prompts of the same file name."""
    if isinstance(arm, str):
        return (arm,)
    kind = arm_kind(arm)
    if isinstance(arm, (BaseArm, TunedArm)):
        return (kind,)
    if isinstance(arm, PromptedArm):
        return f"prompted:{PurePosixPath(arm.prompted).stem}", f"prompted:{arm.prompted}"
    if isinstance(arm, RecordedArm):
        return f"recorded:{PurePosixPath(arm.recorded).stem}", f"recorded:{arm.recorded}"
    short = kind if isinstance(arm, RetrievalArm) else f"{kind}:{getattr(arm, kind)}"
    prompt = getattr(arm, "prompt", None)
    return (short,) if prompt is None else (short, f"{short}:{PurePosixPath(prompt).stem}", f"{short}:{prompt}")


def arm_kind(arm: ArmSpec) -> str:
    """``base``, ``prompted``, ``few_shot``, ``tuned`` and so on, whichever form the arm is written in."""
    return arm if isinstance(arm, str) else KINDS[type(arm)]
