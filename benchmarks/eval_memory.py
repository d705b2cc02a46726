"""Memory of a whole evaluation of many rows: two arms asked at a loopback service, graded, compared.

`python -m benchmarks.eval_memory [ROWS ...]` (10,000 and 100,000 when absent), each a process of its own with its own
journal. Rows are read from a file as they are needed. Figures: peak memory of the process, seconds, bytes of the
journals. Bar: flat, that is at most 1.5 times as much for ten times the rows.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ANSWER = '{"category": "billing", "priority": 2}'
AT_ONCE = 64
GREATEST_GROWTH = 1.5


def one_size(rows: int, address: str) -> None:
    """One evaluation in this process; prints its figures as JSON."""
    from ftsdk.data.value import Message, Row
    from ftsdk.evals import build_graders
    from ftsdk.evals.conduct import Case, Outside, conduct
    from ftsdk.evals.shelf import Shelf
    from ftsdk.evals.value import Arm
    from ftsdk.providers.answering import openai_answers
    from ftsdk.providers.inference import InferenceClient
    from ftsdk.spec.connections import OpenAICompatibleConnection
    from ftsdk.spec.evaluation import Evaluation

    said = {"type": "openai_compatible", "base_url": address}
    connect = openai_answers(OpenAICompatibleConnection.model_validate(said), Path())

    def made() -> Iterator[Row]:
        for index in range(rows):
            right = ANSWER if index % 3 else '{"category": "account", "priority": 1}'
            question = f"ticket {index}: " + "".join(chr(97 + (index * 7 + place * place) % 26) for place in range(200))
            turns = Message(role="user", content=question), Message(role="assistant", content=right)
            yield Row(id=f"r{index}", line=index + 1, messages=turns)

    def client(_connection: str | None, model: str) -> InferenceClient:
        asked = connect(model)
        asked.concurrency = AT_ONCE
        return asked

    metrics = [{"name": "fields", "type": "json_fields"}, {"name": "same", "type": "exact"}]
    declared = {"dataset": "test.jsonl", "arms": ["base", "tuned"], "metrics": metrics, "segments": ["label", "length"]}
    evaluation = Evaluation.model_validate_json(json.dumps(declared))
    with tempfile.TemporaryDirectory() as folder:
        case = Case(
            name="memory",
            evaluation=evaluation,
            arms=[Arm(name=name, kind=name, model=name) for name in ("base", "tuned")],  # type: ignore[arg-type]
            rows=Shelf(Row, made()),
            graders=build_graders(evaluation.metrics, str),
            sampled_from=rows,
            held_out=True,
        )
        outside = Outside(
            client_of=client,
            journal_of=lambda arm: Path(folder) / f"{arm.model}.jsonl",
            judge_journal=Path(folder) / "judges.jsonl",
            cost_of=lambda _connection, _model: None,
            read_text=str,
            tell=lambda _arm, _done, _total, _usd: None,
        )
        began = time.perf_counter()
        comparison = asyncio.run(conduct(case, outside))
        seconds = time.perf_counter() - began
        kept = sum(file.stat().st_size for file in Path(folder).iterdir())
    assert comparison.compared == rows
    assert comparison.infrastructure_failures == 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "megabytes": peak, "seconds": seconds, "journals": kept / 1e6}))


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:] if argument.isdigit()] or [10_000, 100_000]
    if "--one" in sys.argv:
        one_size(sizes[0], sys.argv[-1])
        return
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._canned_server", "0"], stdout=subprocess.PIPE, text=True
    )
    peaks = []
    try:
        assert server.stdout is not None
        address = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        for rows in sizes:
            command = [sys.executable, "-m", "benchmarks.eval_memory", "--one", str(rows), address]
            found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            peaks.append(found["megabytes"])
            print(
                f"{found['rows']:>9,} rows x 2 arms: {found['megabytes']:6.0f} MB at most, {found['seconds']:6.1f} s, "
                f"{found['journals']:6.1f} MB of journals",
                flush=True,
            )
    finally:
        server.kill()
        server.wait()
    growth = peaks[-1] / peaks[0]
    print(f"{sizes[-1] / sizes[0]:.0f} times the rows: {growth:.2f} times the memory, bar {GREATEST_GROWTH}")
    sys.exit(growth > GREATEST_GROWTH)


if __name__ == "__main__":
    main()
