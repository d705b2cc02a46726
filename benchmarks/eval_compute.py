"""What an evaluation itself costs: a comparison, and a re-run of kept answers: `python -m benchmarks.eval_compute`."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from random import Random

from pydantic import TypeAdapter

from ftsdk.data.value import Message, Row
from ftsdk.evals import Journal, answer_rows, build_graders, compare_arms
from ftsdk.evals.compare import Beside
from ftsdk.evals.value import Arm
from ftsdk.providers.inference import Answer, Params, Usage
from ftsdk.spec.evaluation import Metric
from ftsdk.testing import ScriptedInference

ROWS, RUNS = 1000, 5
METRICS = ("json_fields", "exact", "json_valid", "text", "length")


def rows() -> list[Row]:
    made = []
    for index in range(ROWS):
        expected = json.dumps({"category": index % 4, "priority": index % 3, "text": f"n{index}"})
        turns = (Message(role="user", content=f"ticket {index}"), Message(role="assistant", content=expected))
        made.append(Row(id=f"r{index}", line=index + 1, messages=turns))
    return made


def answers(of: list[Row], right: float, seed: int) -> dict[str, Answer]:
    chance, usage = Random(seed), Usage(prompt_tokens=100, completion_tokens=20)
    return {
        row.id: Answer(
            text=row.answer if chance.random() < right else '{"category": 0}',
            usage=usage,
            latency=chance.random(),
            finish_reason="stop",
        )
        for row in of
    }


def comparison_seconds(of: list[Row]) -> float:
    """CPU seconds of grading, statistics, segments and verdict for three arms."""
    arms = [Arm(name=n, kind=n, model="m") for n in ("base", "prompted", "tuned")]  # type: ignore[arg-type]
    given = {arm.name: answers(of, 0.3 + 0.3 * place, place) for place, arm in enumerate(arms)}
    adapter: TypeAdapter[Metric] = TypeAdapter(Metric)
    named = ({"name": kind.replace("_", "-"), "type": kind} for kind in METRICS)
    metrics = [adapter.validate_json(json.dumps(metric)) for metric in named]
    graders = build_graders(metrics, str)
    began = time.process_time()
    compare_arms(
        "bench", arms, given, of, graders, sampled_from=ROWS, held_out=True, beside=Beside(segments=("length", "label"))
    )
    return time.process_time() - began


def resume_seconds(of: list[Row], path: Path) -> float:
    """CPU seconds of two arms whose 1,000 answers each are in the journal."""
    arms = [Arm(name=n, kind=n, model=n) for n in ("base", "tuned")]  # type: ignore[arg-type]

    async def ask() -> None:
        with Journal(path) as journal:
            for arm in arms:
                await answer_rows(arm, of, ScriptedInference(arm.model, {}), Params(), journal)

    asyncio.run(ask())
    began = time.process_time()
    asyncio.run(ask())
    return time.process_time() - began


def main() -> None:
    of = rows()
    comparison_seconds(of[:50])  # imports
    whole = statistics.median(comparison_seconds(of) for _ in range(RUNS))
    print(f"3 arms x {ROWS} rows x {len(METRICS)} graders: {whole:.2f} CPU-s, goal 0.5")
    with tempfile.TemporaryDirectory() as folder:
        found = statistics.median(resume_seconds(of, Path(folder) / f"{run}.jsonl") for run in range(RUNS))
    print(f"re-run of {2 * ROWS} kept answers: {found:.2f} CPU-s above start-up, goal 0.6")


if __name__ == "__main__":
    main()
