"""Serving proof: what an alias will call must answer as the model that was evaluated did."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ftsdk.data.value import Row
from ftsdk.evals.arms import arm_messages
from ftsdk.evals.runner import Asking
from ftsdk.evals.sample import sample_rows
from ftsdk.evals.text import short
from ftsdk.evals.value import Arm
from ftsdk.providers.inference import Answer, InferenceClient, Params
from ftsdk.values import Value

ROWS = 12
LEAST_ALIKE = 0.75
"""Share of answers that must be as they were: servers batch differently, so that a few may differ in a word."""


class Proof(Value):
    """How many of the asked rows were answered as at the evaluation; ``differing`` are some that were not.

    Without arguments: nothing could be asked, which proves nothing.
    """

    asked: int = 0
    alike: int = 0
    differing: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the model that is served is the one that was evaluated."""
        return self.asked > 0 and self.alike >= LEAST_ALIKE * self.asked

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        if not self.asked:
            return "the tuned model has no evaluated answer, so nothing shows that it is what is served"
        counted = f"{self.alike} of {self.asked} answers are as they were at the evaluation"
        if self.held:
            return f"what is served is what was evaluated: {counted}"
        return f"what is served is not what was evaluated: {counted} ({self.differing[0]})"

    def next_step(self, run: str) -> str:
        """What to do where it did not hold."""
        if not self.asked:
            return "name the tuned arm in spec.evaluation and apply again: what was trained is kept"
        return f"look at the deployment (its template and prompt), then `ft promote {run}`"


async def prove(
    arm: Arm, rows: Sequence[Row], evaluated: dict[str, Answer], client: InferenceClient, model: str, params: Params
) -> Proof:
    """Asks a seeded sample of rows anew, all at once, under the same prompt; compares with what was evaluated.

    Raises ProviderError when the model could not be asked.
    """
    known = [row for row in rows if row.id in evaluated and evaluated[row.id].finish_reason != "error"]
    sample = sample_rows(known, ROWS, seed=0)
    asking = Asking(params)
    asked = (client.complete(model, arm_messages(arm, row), asking.params_for(arm, row)) for row in sample)
    answers = await asyncio.gather(*asked)
    differing = []
    for row, told in zip(sample, answers, strict=True):
        before = evaluated[row.id]
        if (told.text.strip(), told.tool_calls) != (before.text.strip(), before.tool_calls):
            differing.append(
                f"{row.id}: {short(told.text or told.error or 'nothing', 60)!r}, evaluated {short(before.text, 60)!r}"
            )
    return Proof(asked=len(sample), alike=len(sample) - len(differing), differing=tuple(differing[:5]))
