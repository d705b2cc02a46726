"""Rules on what is compared and what follows from it: arms, metrics, judges, gates, promotion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec import places
from ftsdk.spec.context import Context

GATE_FORMS = ("min", "min_delta", "versus")
ARM_KINDS = frozenset({
    "base", "tuned", "prompted", "few_shot", "checkpoint", "alias", "model", "retrieval", "recorded",
})  # fmt: skip
# The fields of OpenAI's grader types that name a label to be found among others.
LABELS = ("passing_labels", "labels")


def arm_kinds(context: Context) -> set[str]:
    """The kinds of arms that the evaluation asks for."""
    if not isinstance(context.get("evaluation", "arms"), tuple):
        return {"base", "tuned"}
    kinds: set[str] = set()
    for _, arm in context.entries("evaluation", "arms"):
        kinds |= {arm} if isinstance(arm, str) else ARM_KINDS & set(arm) if isinstance(arm, dict) else set()
    return kinds


def names(context: Context) -> Iterator[Diagnostic]:
    """No two metrics and no two suites have one name; gates name a metric of the spec."""
    yield from _unique(context, "metrics")
    yield from _unique(context, "suites")
    known = context.names("evaluation", "metrics")
    for index, gate in context.mappings("gates"):
        if known:
            here = ("spec", "gates", index, "metric")
            yield from context.unnamed(
                "unknown-metric", "this spec has no metric", gate.get("metric"), known, here, "metrics of this spec"
            )


def _unique(context: Context, key: str) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for index, entry in context.mappings("evaluation", key):
        name = entry.get("name")
        if not isinstance(name, str):
            continue
        if name in first:
            here, there = (("spec", "evaluation", key, number, "name") for number in (index, first[name]))
            message = f"two of the {key} are called '{name[:80]}'"
            yield context.error("repeated-name", message, here, "give each its own name", (context.place(there),))
        first.setdefault(name, index)


def arms(context: Context) -> Iterator[Diagnostic]:
    """No arm twice; each arm of a form that means one thing."""
    first: dict[str, int] = {}
    for index, arm in context.entries("evaluation", "arms"):
        text = repr(sorted(arm.items(), key=str)) if isinstance(arm, dict) else repr(arm)
        if text in first:
            here, there = (("spec", "evaluation", "arms", number) for number in (index, first[text]))
            yield context.error("repeated-arm", "the same arm twice", here, "remove one", (context.place(there),))
        first.setdefault(text, index)
        if isinstance(arm, dict):
            yield from _arm(context, arm, ("spec", "evaluation", "arms", index))


def _arm(context: Context, arm: dict[str, Any], here: places.Path) -> Iterator[Diagnostic]:
    if "model" in arm:
        connections = context.project.spec.connections
        yield from context.unnamed(
            "unknown-connection", "no such connection in ftsdk.yaml:", arm.get("connection"), connections,
            (*here, "connection"), "connections of ftsdk.yaml",
        )  # fmt: skip
    retrieval = arm.get("retrieval")
    if isinstance(retrieval, dict) and (retrieval.get("command") is None) == (retrieval.get("url") is None):
        message = "retrieval has exactly one of command and url"
        yield context.error("retrieval-form", message, (*here, "retrieval"), "keep one of them")
    for path, options in (((), arm), (("base",), arm.get("base")), (("tuned",), arm.get("tuned"))):
        shape = options.get("response_format") if isinstance(options, dict) else None
        if (
            isinstance(shape, dict)
            and shape.get("type", "json_schema") == "json_schema"
            and shape.get("schema") is None
        ):
            message = "a response format of type json_schema without a schema"
            help = "add schema: FILE, or write type: json"
            yield context.error("format-without-schema", message, (*here, *path, "response_format"), help)


def judges(context: Context) -> Iterator[Diagnostic]:
    """Every judge has a connection of the project that can answer."""
    for index, metric in context.mappings("evaluation", "metrics"):
        here: places.Path = ("spec", "evaluation", "metrics", index, "judge")
        judge = metric.get("judge")
        found = [(here, judge)] if isinstance(judge, dict) else []
        if isinstance(judge, tuple):
            found = [((*here, number), one) for number, one in enumerate(judge[:8]) if isinstance(one, dict)]
        for path, one in found:
            yield from _judge(context, one, path)
        yield from _labels(context, metric.get("grader"), ("spec", "evaluation", "metrics", index, "grader"))


def _judge(context: Context, judge: dict[str, Any], here: places.Path) -> Iterator[Diagnostic]:
    connections = context.project.spec.connections
    name = judge.get("connection")
    yield from context.unnamed(
        "judge-without-connection", "no such connection in ftsdk.yaml:", name, connections, (*here, "connection"),
        "connections of ftsdk.yaml",
    )  # fmt: skip
    known = connections.get(name) if isinstance(name, str) else None
    if known is not None and known.type == "ray":
        message = f"connection '{name}' is a cluster that trains; it answers nothing"
        yield context.error("judge-without-connection", message, (*here, "connection"), "name one that serves models")


def _labels(context: Context, grader: Any, here: places.Path) -> Iterator[Diagnostic]:
    """Labels that pass are among the labels."""
    passing, known = (grader.get(key) if isinstance(grader, dict) else None for key in LABELS)
    if not isinstance(passing, tuple) or not isinstance(known, tuple):
        return
    texts = [label for label in known if isinstance(label, str)]
    for index, label in enumerate(passing[:100]):
        path = (*here, "passing_labels", index)
        yield from context.unnamed("unknown-label", "no such label:", label, texts, path, "labels")


def gate_forms(context: Context) -> Iterator[Diagnostic]:
    """A gate has exactly one form."""
    for index, gate in context.mappings("gates"):
        here: places.Path = ("spec", "gates", index)
        given = [form for form in GATE_FORMS if gate.get(form) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            message = f"a gate has exactly one of min, min_delta and versus; this one has {found}"
            help = "for example {metric: NAME, versus: best_prompted, margin: 0.0}"
            yield context.error("gate-form", message, (*here, given[1]) if given else here, help)
        elif given == ["versus"] and gate.get("margin") is None and (*here, "margin") not in context.document.broken:
            message, help = "versus needs a margin", "margin: 0.0 asks for superiority; 0.03 for at most 3 points worse"
            yield context.error("gate-form", message, (*here, "versus"), help)
        if gate.get("margin") is not None and "versus" not in given:
            yield context.error("gate-form", "margin belongs to versus", (*here, "margin"), "remove it, or add versus")


def gates_have_arms(context: Context) -> Iterator[Diagnostic]:
    """What gates compare is compared."""
    gates = context.mappings("gates")
    if not context.entries("gates"):
        return
    if not context.has("evaluation"):
        if context.misspelt("evaluation"):
            return
        message = "gates without an evaluation"
        yield context.error("gates-without-evaluation", message, ("spec", "gates"), "add evaluation:")
        return
    kinds = arm_kinds(context)
    if "tuned" not in kinds:
        yield context.error("gates-without-tuned", "gates without a tuned arm", ("spec", "gates"), "add tuned to arms")
    for index, gate in gates:
        if gate.get("versus") == "best_prompted" and not kinds & {"prompted", "few_shot"}:
            help = "add {prompted: FILE} or {few_shot: N} to arms"
            message = "best_prompted without a prompted or few_shot arm"
            yield context.error("gate-without-arm", message, ("spec", "gates", index, "versus"), help)
        key = "min_delta" if gate.get("min_delta") is not None else "versus" if gate.get("versus") == "base" else None
        if key and "base" not in kinds:
            here = ("spec", "gates", index, key)
            yield context.error("gate-without-arm", "a gate against base without a base arm", here, "add base to arms")


def promotion(context: Context) -> Iterator[Diagnostic]:
    """Promotion by itself rests on gates; who must agree is somebody of the project."""
    promote = context.get("promote")
    if not isinstance(promote, dict):
        return
    gated = context.get("gates") not in (None, ()) or context.misspelt("gates")
    if promote.get("when", "gates_pass") == "gates_pass" and not gated:
        message = "promotion when gates pass, but there is no gate"
        yield context.error("promote-without-gates", message, ("spec", "promote"), "add gates:, or say when: manual")
    project, here = context.project.spec, ("spec", "promote", "approvals", "from")
    approvers = [f"group:{name}" for name in project.groups] + [f"person:{name}" for name in project.people]
    for index, approver in context.entries(*here[1:]):
        yield from context.unnamed(
            "unknown-approver", "nobody in ftsdk.yaml is", approver, approvers, (*here, index), "known there"
        )


def team(context: Context) -> Iterator[Diagnostic]:
    """The team is one of the project's."""
    name, here = context.document.get("metadata", "team"), ("metadata", "team")
    teams = context.project.spec.teams
    yield from context.unnamed("unknown-team", "no such team in ftsdk.yaml:", name, teams, here, "teams there")


RULES: tuple[Callable[[Context], Iterator[Diagnostic]], ...] = (
    names,
    arms,
    judges,
    gate_forms,
    gates_have_arms,
    promotion,
    team,
)
