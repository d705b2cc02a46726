"""How each rival is asked for the same evaluation, as its own documents say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

INSPECT = """
import json, os
from inspect_ai import Task, eval, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, accuracy, scorer
from inspect_ai.solver import generate

RIGHT, AT_ONCE = json.loads(os.environ["EXPECTED"]), int(os.environ["AT_ONCE"])

@scorer(metrics=[accuracy()])
def same_json():
    async def score(state, target):
        return Score(value=float(json.loads(state.output.completion) == RIGHT))
    return score

samples = [Sample(id=n, input=f"ticket {n}", target="") for n in range(int(os.environ["ROWS"]))]
models = [f"openai-api/loop/{arm}" for arm in os.environ["ARMS"].split(",")]
logs = eval(
    Task(dataset=MemoryDataset(samples), solver=generate(), scorer=same_json()), model=models, display="none",
    max_connections=AT_ONCE, max_samples=AT_ONCE, log_dir=os.environ["FOLDER"], temperature=0.0, max_tokens=256,
)
assert [log.results.scores[0].metrics["accuracy"].value for log in logs] == [1.0, 1.0]
"""

PYDANTIC_EVALS = """
import asyncio, json, os
from dataclasses import dataclass
from openai import AsyncOpenAI
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import Evaluator, EvaluatorContext

RIGHT, AT_ONCE = json.loads(os.environ["EXPECTED"]), int(os.environ["AT_ONCE"])

@dataclass
class SameJson(Evaluator):
    def evaluate(self, ctx: EvaluatorContext) -> float:
        return float(json.loads(ctx.output) == RIGHT)

async def main():
    cases = [Case(name=str(n), inputs=f"ticket {n}") for n in range(int(os.environ["ROWS"]))]
    dataset = Dataset(name="rivals", cases=cases, evaluators=[SameJson()])
    async with AsyncOpenAI(base_url=os.environ["ADDRESS"], api_key="none") as client:
        for arm in os.environ["ARMS"].split(","):
            async def ask(question: str, arm: str = arm) -> str:
                said = await client.chat.completions.create(
                    model=arm, messages=[{"role": "user", "content": question}], temperature=0.0, max_tokens=256
                )
                return said.choices[0].message.content
            report = await dataset.evaluate(ask, max_concurrency=AT_ONCE, progress=False)
            assert report.averages().scores["SameJson"] == 1.0

asyncio.run(main())
"""

SIDES = {"inspect_ai": INSPECT, "pydantic-evals": PYDANTIC_EVALS}


def promptfoo_files(folder: Path, address: str, rows: int, arms: Sequence[str], expected: str) -> dict[str, str]:
    """Writes promptfoo's configuration with its cache and its database in ``folder``; returns its environment."""
    config = {"apiBaseUrl": address, "temperature": 0, "max_tokens": 256}
    declared = {
        "prompts": ["{{question}}"],
        "providers": [{"id": f"openai:chat:{arm}", "config": config} for arm in arms],
        "defaultTest": {"assert": [{"type": "equals", "value": json.loads(expected)}]},
        "tests": [{"vars": {"question": f"ticket {number}"}} for number in range(rows)],
    }
    (folder / "promptfoo.json").write_text(json.dumps(declared))
    state = folder / "promptfoo"
    return {
        "OPENAI_API_KEY": "none", "PROMPTFOO_CONFIG_DIR": str(state), "PROMPTFOO_CACHE_PATH": str(state / "cache"),
        "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1",
    }  # fmt: skip
