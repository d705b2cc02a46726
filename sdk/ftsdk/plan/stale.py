"""What moved between a plan that was saved or agreed to and the one that is true now, in words."""

from __future__ import annotations

from ftsdk.plan.value import Plan


def moved(saved: Plan, now: Plan) -> tuple[str, ...]:
    """What changed since ``saved``, each part by name; empty when it still holds.

    A plan that would reuse a model, and would now pay for training it, has moved as well.
    """
    names = [name for name in now.bound if saved.bound.get(name) != now.bound[name]]
    found = [_told(name, saved, now) for name in names]
    if saved.digest != now.digest and not found:
        found.append("it was saved by another version of ftsdk")
    if now.usd.high > saved.usd.high + 0.005:
        found.append(f"it may cost ${now.usd.high:.2f} and not ${saved.usd.high:.2f}")
    return tuple(found)


def _told(name: str, saved: Plan, now: Plan) -> str:
    if name == "the files" or name == "what trains":
        files = [path for path in now.inputs if saved.inputs.get(path) != now.inputs[path]]
        if files:
            return f"{name} ({', '.join(files)})"
    if name == "the cost ceiling":
        return f"{name} (${saved.usd.high:.2f}, now ${now.usd.high:.2f})"
    return name
