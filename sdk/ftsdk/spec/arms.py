"""What the arms of an evaluation are called, in plans, comparisons and reports alike."""

from __future__ import annotations

from pathlib import PurePosixPath

from ftsdk.spec.model import ArmSpec, FewShotArm, PromptedArm


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
    if isinstance(arm, PromptedArm):
        return f"prompted:{PurePosixPath(arm.prompted).stem}", f"prompted:{arm.prompted}"
    if isinstance(arm, FewShotArm):
        short = f"few_shot:{arm.few_shot}"
        if arm.prompt is None:
            return (short,)
        return short, f"{short}:{PurePosixPath(arm.prompt).stem}", f"{short}:{arm.prompt}"
    return (arm,)
