"""Facts measured in what is at hand: examples, a prompt, a log of requests, a spec, a comparison."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ftsdk.advise.facts import Facts, Origin
from ftsdk.advise.units import DAYS_A_MONTH
from ftsdk.evals.value import Comparison
from ftsdk.spec import SpecFile

BYTES_A_TOKEN = 4  # English; enough to tell a long prompt from a short one
CACHE_IN_USE = 0.05
LONGEST_LOG = 200_000
# What an untrained arm must reach for prompting to count as enough, as a share of full marks.
ENOUGH = 0.95


def about_tokens(text: str) -> int:
    """Tokens of a text, roughly."""
    return len(text.encode()) // BYTES_A_TOKEN


def from_examples(facts: Facts, rows: int, where: str) -> Facts:
    """How many examples there are."""
    return facts.changed({"n_examples": rows}, Origin(kind="measured", where=where))


def from_prompt(facts: Facts, text: str, where: str) -> Facts:
    """How long the part of the prompt is that every call repeats."""
    return facts.changed({"static_tokens": about_tokens(text)}, Origin(kind="measured", where=where))


def from_spec(facts: Facts, spec_file: SpecFile, rows: int) -> Facts:
    """Examples, the repeated prompt, the model and whether there is an evaluation, as a spec declares them."""
    body = spec_file.spec.spec
    values: dict[str, Any] = {"n_examples": rows, "current_model": body.model}
    values["eval_set"] = "yes" if body.evaluation else "no"
    if spec_file.system_prompt:
        values["static_tokens"] = about_tokens(spec_file.system_prompt)
    return facts.changed(values, Origin(kind="measured", where=spec_file.path))


def from_comparison(facts: Facts, comparison: Comparison, where: str) -> Facts:
    """What untrained arms reached on the same rows: the base score, and whether prompting and examples are enough."""
    means = {
        summary.arm.kind: summary.metrics[comparison.primary_metric].value
        for summary in comparison.arms
        if comparison.primary_metric in summary.metrics
    }
    values: dict[str, Any] = {"eval_set": "yes", "verifiable": "yes"}
    if "base" in means:
        values["base_score"] = min(1.0, max(0.0, means["base"]))
    for arm, field in (("prompted", "tried.prompting"), ("few_shot", "tried.few_shot")):
        if arm in means:
            values[field] = "works" if means[arm] >= ENOUGH else "insufficient"
    return facts.changed(values, Origin(kind="measured", where=where))


def from_log(facts: Facts, lines: Iterable[str], where: str) -> Facts:
    """Calls a month, tokens, cache hits, the repeated prefix and the model, from requests logged as JSON lines.

    Understands the usage blocks of OpenAI and Anthropic. Lines that are no JSON object are passed over; what no line
    tells stays as it was.
    """
    calls = [call for _, line in zip(range(LONGEST_LOG), lines, strict=False) if (call := _object(line))]
    usages = [usage for call in calls if (usage := _find(call, "usage"))]
    values: dict[str, Any] = {}
    if monthly := _per_month([when for call in calls if (when := _when(call))], len(calls)):
        values["calls_per_month"] = monthly
    for field, names in (("prompt_tokens", ("prompt_tokens", "input_tokens")),
                         ("output_tokens", ("completion_tokens", "output_tokens"))):  # fmt: skip
        if mean := _mean([_number(usage, names) for usage in usages]):
            values[field] = round(mean)
    if usages:
        cached = sum(_cached(usage) for usage in usages)
        sent = sum(_number(usage, ("prompt_tokens", "input_tokens")) or 0 for usage in usages)
        values["tried.caching"] = "works" if sent and cached / sent >= CACHE_IN_USE else "no"
    prompts = [text for call in calls if (text := _prompt(call))]
    if len(prompts) > 1:
        values["static_tokens"] = about_tokens(_shared_start(min(prompts), max(prompts)))
    if models := Counter(str(model) for call in calls if (model := _find(call, "model"))):
        values["current_model"] = models.most_common(1)[0][0]
    return facts.changed(values, Origin(kind="measured", where=where)) if values else facts


def _object(line: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _find(call: Mapping[str, Any], key: str) -> Any:
    """A part of the logged call: at its top, or in its request, response or body."""
    for place in (call, *(call.get(name) for name in ("response", "request", "body"))):
        if isinstance(place, Mapping):
            inner = place.get("body") if isinstance(place.get("body"), Mapping) else place
            if isinstance(inner, Mapping) and inner.get(key):
                return inner[key]
    return None


def _number(usage: Any, names: Sequence[str]) -> float | None:
    values = [usage.get(name) for name in names] if isinstance(usage, Mapping) else []
    return next((float(value) for value in values if isinstance(value, int | float) and value >= 0), None)


def _cached(usage: Any) -> float:
    details = usage.get("prompt_tokens_details") if isinstance(usage, Mapping) else None
    return _number(details, ("cached_tokens",)) or _number(usage, ("cache_read_input_tokens",)) or 0.0


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _shared_start(first: str, last: str) -> str:
    """What two texts, and all that sort between them, begin with."""
    for place, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            return first[:place]
    return min(first, last, key=len)


def _when(call: Mapping[str, Any]) -> float | None:
    for name in ("created", "created_at", "timestamp", "time"):
        value = _find(call, name)
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, str):
            try:
                read = datetime.fromisoformat(value.replace("Z", "+00:00"))
            except ValueError:
                continue
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    return None


def _per_month(times: Sequence[float], calls: int) -> float | None:
    """Calls a month from the span of the log; None when it spans less than an hour."""
    if len(times) < 2 or (span := max(times) - min(times)) < 3600:
        return None
    return calls / (span / 86_400) * DAYS_A_MONTH


def _prompt(call: Mapping[str, Any]) -> str:
    messages = _find(call, "messages")
    system = _find(call, "system")
    parts = [system] if isinstance(system, str) else []
    if isinstance(messages, list):
        parts += [str(item.get("content", "")) for item in messages if isinstance(item, Mapping)]
    return "\n".join(parts)
