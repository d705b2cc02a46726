"""What a team knows of its case: typed facts, each of which may be unknown and says where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from ftsdk.advise.quantity import Range
from ftsdk.values import Value

Goal = Literal["quality", "cost", "latency", "privacy", "knowledge", "unknown"]
Failure = Literal["knowledge", "retrieval", "format", "style", "behaviour", "reasoning", "cost", "latency"]
Attempt = Literal["unknown", "no", "tried", "basic", "partial", "insufficient", "works", "works_but_costly"]
YesNo = Literal["unknown", "yes", "partial", "no"]
OriginKind = Literal["answered", "measured", "extracted", "assumed"]


class Origin(Value):
    """Where a fact came from: ``quote`` are the words it rests on, ``where`` the file or system it was measured in."""

    kind: OriginKind
    quote: str | None = None
    where: str | None = None


class Tried(Value):
    """What was tried so far and how it went; ``tried``, ``basic`` and ``partial`` are attempts short of the best."""

    prompting: Attempt = "unknown"
    few_shot: Attempt = "unknown"
    rag: Attempt = "unknown"
    smaller_model: Attempt = "unknown"
    structured_output: Attempt = "unknown"
    caching: Attempt = "unknown"
    finetune: Attempt = "unknown"


class Facts(Value):
    """A case as it is known before the decision; every field may be ``unknown`` (numbers: None).

    Tokens are per call; ``corpus_tokens`` is the size of the documents that answers rest on; ``base_score`` is the
    untrained model's share of full marks on the grader (0 to 1). ``origins`` is keyed by field (``tried.rag``).
    """

    goal: Goal = "unknown"
    failure: tuple[Failure, ...] = ()
    tried: Tried = Tried()
    task_type: Literal["chat", "qa", "extract", "classify", "generate", "rewrite", "code", "agent", "unknown"] = (
        "unknown"
    )
    knowledge_churn: Literal["static", "slow", "fast", "unknown"] = "unknown"
    data_amount: Literal["none", "few", "some", "plenty", "unknown"] = "unknown"
    n_examples: int | None = Field(None, ge=0)
    data_quality: Literal["low", "mixed", "high", "unknown"] = "unknown"
    label_noise: Literal["low", "high", "unknown"] = "unknown"
    preference_data: YesNo = "unknown"
    verifiable: YesNo = "unknown"
    eval_set: YesNo = "unknown"
    volume_band: Literal["low", "medium", "high", "very_high", "unknown"] = "unknown"
    calls_per_month: float | None = Field(None, ge=0)
    prompt_tokens: int | None = Field(None, ge=0)
    static_tokens: int | None = Field(None, ge=0)
    output_tokens: int | None = Field(None, ge=0)
    latency_need: Literal["strict", "normal", "offline", "unknown"] = "unknown"
    privacy: Literal["self_host", "none", "unknown"] = "unknown"
    narrowness: Literal["narrow", "medium", "broad", "unknown"] = "unknown"
    spec_stability: Literal["stable", "changing", "unknown"] = "unknown"
    team: Literal["weak", "medium", "strong", "unknown"] = "unknown"
    corpus_tokens: float | None = Field(None, ge=0)
    provider_ft_access: YesNo = "unknown"
    base_score: float | None = Field(None, ge=0, le=1)
    current_model: str = "unknown"
    era: str = "unknown"
    n_examples_note: str = ""
    corpus_note: str = ""
    cost: Mapping[str, Range] = Field(default_factory=dict)
    origins: Mapping[str, Origin] = Field(default_factory=dict)

    def known(self) -> dict[str, Any]:
        """Every field that is known, by name; ``tried`` opened up as ``tried.rag`` and so on."""
        flat = {
            name: getattr(self, name) for name in type(self).model_fields if name not in ("tried", "cost", "origins")
        }
        flat |= {f"tried.{name}": getattr(self.tried, name) for name in Tried.model_fields}
        return {name: value for name, value in flat.items() if value not in (None, "unknown", "", ())}

    def changed(self, values: Mapping[str, Any], origin: Origin | None = None) -> Facts:
        """The same facts with some fields set; ``tried.rag`` names an attempt.

        Raises pydantic's ValidationError when a value is none of the field's.
        """
        attempts = {name.removeprefix("tried."): value for name, value in values.items() if name.startswith("tried.")}
        fields = {name: value for name, value in values.items() if not name.startswith("tried.")}
        tried = Tried.model_validate(self.tried.model_dump() | attempts)
        origins = {name: known for name, known in self.origins.items() if name not in values}
        if origin is not None:
            origins |= dict.fromkeys(values, origin)
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return Facts.model_validate(kept | {"tried": tried} | fields | {"origins": origins})
