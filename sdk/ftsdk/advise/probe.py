"""Evidence instead of answers: untrained arms on the team's own held-out rows, and what they tell as facts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ftsdk.advise.facts import Facts, Failure, Origin
from ftsdk.advise.measure import ENOUGH, about_tokens, from_comparison
from ftsdk.advise.retrieval import Passages, with_passages
from ftsdk.data import as_chats
from ftsdk.data.parts import asked_rows, learnt_rows, reader_of
from ftsdk.data.value import Row
from ftsdk.errors import UsageError
from ftsdk.evals import answer_rows, build_graders, compare_arms
from ftsdk.evals.arms import arm_messages, choose_examples
from ftsdk.evals.journal import Journal
from ftsdk.evals.sample import sample_rows
from ftsdk.evals.value import Arm, Comparison
from ftsdk.providers.base import Provider
from ftsdk.providers.inference import Answer, Params
from ftsdk.spec import SpecFile
from ftsdk.spec.model import PromptedArm
from ftsdk.values import Value

ROWS, EXAMPLES, SEED = 48, 8, 42
VALID = 0.9


class Budget(Value):
    """What a probe asks for before it asks: calls and tokens, most of them to read."""

    arms: tuple[str, ...]
    rows: int
    calls: int
    prompt_tokens: int
    answer_tokens: int
    text: str


class Probe(Value):
    """A probe's comparison of untrained arms, what it says, and the facts with what was measured."""

    budget: Budget
    comparison: Comparison
    facts: Facts
    text: str


class ProbePlan:
    """The arms and rows of a probe of one spec: known, and priced, before anything is asked."""

    def __init__(self, spec_file: SpecFile, *, rows: int = ROWS, documents: Sequence[str] = ()) -> None:
        body = spec_file.spec.spec
        if body.evaluation is None:
            raise UsageError(f"{spec_file.path} has no evaluation to probe with", help="add spec.evaluation")
        self.spec_file, self.evaluation = spec_file, body.evaluation
        spec, read = spec_file.spec, reader_of(spec_file)
        test = asked_rows(spec, body.evaluation.dataset, read)
        self.rows, self.sampled_from = sample_rows(test.rows, rows, SEED), len(test.rows)
        self.examples = as_chats(learnt_rows(spec, body.dataset.train, read).rows)
        self.passages = Passages(documents) if documents else None
        self.arms = self._arms(body.model)

    def _arms(self, model: str) -> tuple[Arm, ...]:
        system = self.spec_file.system_prompt
        arms = [Arm(name="base", kind="base", model=model, system_prompt=None)]
        prompts = [self.spec_file.text(arm.prompted) for arm in self.evaluation.arms if isinstance(arm, PromptedArm)]
        if best := max([*prompts, system or ""], key=len):
            arms.append(Arm(name="prompted", kind="prompted", model=model, system_prompt=best))
        if count := min(EXAMPLES, len(self.examples)):
            shown = choose_examples(self.examples, count, SEED)
            name = f"few_shot:{count}"
            arms.append(Arm(name=name, kind="few_shot", model=model, system_prompt=system, examples=shown))
        if self.passages:
            arms.append(Arm(name="retrieval", kind="prompted", model=model, system_prompt=best or None))
        return tuple(arms)

    def rows_of(self, arm: Arm) -> tuple[Row, ...]:
        """The rows as an arm is asked them; the retrieval arm has passages before each question."""
        if arm.name != "retrieval" or self.passages is None:
            return self.rows
        return tuple(with_passages(row, self.passages) for row in self.rows)

    @property
    def budget(self) -> Budget:
        """Calls and tokens, roughly."""
        asked = [arm_messages(arm, row) for arm in self.arms for row in self.rows_of(arm)]
        prompt = sum(about_tokens(message.content or "") for messages in asked for message in messages)
        answers = len(asked) * self.evaluation.max_tokens
        names = tuple(arm.name for arm in self.arms)
        text = (
            f"{len(asked)} calls ({', '.join(names)}; {len(self.rows)} rows each), about {prompt:,} tokens to read and "
            f"at most {answers:,} to write"
        )
        return Budget(
            arms=names, rows=len(self.rows), calls=len(asked), prompt_tokens=prompt, answer_tokens=answers, text=text
        )

    def run(self, provider: Provider, journal: Path, facts: Facts) -> Probe:
        """Ask every arm, compare, and turn what was measured into facts; answers already there are not asked again."""
        answers = asyncio.run(self._ask(provider, journal))
        graders = build_graders(self.evaluation.metrics, self.spec_file.text)
        comparison = compare_arms(
            self.spec_file.spec.metadata.name, self.arms, answers, self.rows, graders,
            sampled_from=self.sampled_from, held_out=True, subject=self.arms[-1].name,
        )  # fmt: skip
        where = f"probe of {self.spec_file.path}"
        return Probe(
            budget=self.budget,
            comparison=comparison,
            facts=_with_failures(from_comparison(facts, comparison, where), comparison, where),
            text=told(comparison),
        )

    async def _ask(self, provider: Provider, journal: Path) -> dict[str, dict[str, Answer]]:
        params = Params(max_tokens=self.evaluation.max_tokens)
        journal.parent.mkdir(parents=True, exist_ok=True)
        answers: dict[str, dict[str, Answer]] = {}
        with Journal(journal) as kept:
            async with provider.inference(self.spec_file.spec.spec.model) as client:
                for arm in self.arms:
                    answers[arm.name] = await answer_rows(arm, self.rows_of(arm), client, params, kept)
        return answers


def told(comparison: Comparison) -> str:
    """What the untrained arms show, or that so few rows cannot tell."""
    means = {
        summary.arm.name: summary.metrics[comparison.primary_metric]
        for summary in comparison.arms
        if comparison.primary_metric in summary.metrics
    }
    best = max(means, key=lambda name: means[name].value)
    reached = f"{best} reaches {means[best].value:.0%} ({means[best].low:.0%} to {means[best].high:.0%})"
    rows = len(comparison.rows)
    if means[best].low <= ENOUGH <= means[best].high:
        return f"Cannot tell from {rows} rows whether it is enough without training: {reached}. Probe with more rows."
    word = "is enough without training" if means[best].low > ENOUGH else "is not enough without training"
    return f"On {rows} rows the best untrained arm {word}: {reached}."


def _with_failures(facts: Facts, comparison: Comparison, where: str) -> Facts:
    """Failure types that the scores show: form where validity is low, behaviour where valid answers are wrong, facts
    where retrieval alone is clearly better."""
    means = {
        summary.arm.name: {name: item.value for name, item in summary.metrics.items()} for summary in comparison.arms
    }
    primary = comparison.primary_metric
    best = max((of for name, of in means.items() if name != "retrieval"), key=lambda of: of.get(primary, 0))
    failures: set[Failure] = {item for item in facts.failure if item in ("cost", "latency", "style")}
    if any(name != primary and value < VALID for name, value in best.items()):
        failures.add("format")
    if best.get(primary, 0) < ENOUGH:
        failures.add("behaviour")
    values: dict[str, object] = {}
    helped = comparison.primary is not None and comparison.primary.first == "retrieval"
    if helped and comparison.primary is not None and comparison.primary.verdict == "better":
        failures.add("knowledge")
        values["tried.rag"] = "works" if means["retrieval"].get(primary, 0) >= ENOUGH else "basic"
    if failures:
        values["failure"] = tuple(sorted(failures))
    return facts.changed(values, Origin(kind="measured", where=where)) if values else facts
