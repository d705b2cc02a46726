"""1,000 rows x 2 arms with a JSON grader, 64 at a time: our runner beside the best loop over the openai package.

Ours writes its journal, makes its keys and can resume; the loop (aiohttp transport, answers not parsed into models)
keeps nothing. Each round is a process of its own, in turn; figures are of the asking and grading, imports apart, and of
the whole process. Bars: wall and CPU at most 1.15 times the loop, peak memory at most 110 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

ROWS, ARMS, AT_ONCE = 1000, ("base", "tuned"), 64
EXPECTED = '{"category": "billing", "priority": 2}'
RIGHT = json.loads(EXPECTED)


class Took(NamedTuple):
    """One process: seconds of the work, seconds of the whole process, most memory."""

    wall: float
    cpu: float
    whole_cpu: float
    megabytes: float


async def the_loop(address: str) -> None:
    """The openai package at its best: aiohttp below, the response as it came."""
    import httpx2 as httpx
    from openai import AsyncOpenAI, DefaultAioHttpClient

    async with AsyncOpenAI(
        base_url=address, api_key="none", max_retries=0, http_client=DefaultAioHttpClient()
    ) as client:
        for arm in ARMS:
            waiting = iter(range(ROWS))
            scores: list[bool] = []

            async def work(arm: str = arm, waiting: Any = waiting, scores: list[bool] = scores) -> None:
                for row in waiting:
                    messages = [{"role": "user", "content": f"ticket {row}"}]
                    body = {"model": arm, "messages": messages, "temperature": 0.0, "max_tokens": 256}
                    said = await client.post("/chat/completions", cast_to=httpx.Response, body=body)
                    text = json.loads(said.content)["choices"][0]["message"]["content"]
                    scores.append(json.loads(text) == RIGHT)

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))
            assert len(scores) == ROWS
            assert all(scores)


async def ours(address: str) -> None:
    """The runner as `ft eval` uses it, with its journal."""
    from ftsdk.data.value import Message, Row
    from ftsdk.evals import Journal, answer_rows, build_graders
    from ftsdk.evals.value import Arm
    from ftsdk.providers.answering import openai_answers
    from ftsdk.providers.inference import Params
    from ftsdk.spec.connections import OpenAICompatibleConnection
    from ftsdk.spec.evaluation import JsonFieldsMetric

    said = {"type": "openai_compatible", "base_url": address}
    connect = openai_answers(OpenAICompatibleConnection.model_validate(said), Path())
    [grader] = build_graders([JsonFieldsMetric(name="fields", type="json_fields")], str)
    rows = []
    for index in range(ROWS):
        turns = (Message(role="user", content=f"ticket {index}"), Message(role="assistant", content=EXPECTED))
        rows.append(Row(id=f"r{index}", line=index + 1, messages=turns))
    with tempfile.TemporaryDirectory() as folder:
        for model in ARMS:
            with Journal(Path(folder) / f"{model}.jsonl") as journal:
                async with connect(model) as client:
                    client.concurrency = AT_ONCE
                    arm = Arm(name=model, kind="base", model=model)
                    answers = await answer_rows(arm, rows, client, Params(), journal)
            assert all(grader.grade(answers[row.id].text, row).value == 1 for row in rows)


SIDES: dict[str, Callable[[str], Awaitable[None]]] = {"ours": ours, "loop": the_loop}


def side(name: str, address: str) -> None:
    """One process of one side: imports first, by a first look that is not counted, then the work."""
    if name == "loop":
        import openai.types.chat  # noqa: F401
    else:
        import aiohttp  # noqa: F401

        import ftsdk.evals.graders
        import ftsdk.providers.answering  # noqa: F401
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(SIDES[name](address))  # type: ignore[arg-type]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([wall, cpu, time.process_time(), peak]))


def measured(name: str, address: str) -> Took:
    command = [sys.executable, "-m", "benchmarks.runner", "--side", name, "--address", address]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)
    return Took(*json.loads(done.stdout))


def main() -> None:
    """Both sides in turn at 50 ms and at 0 ms."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--address", default="")
    args = parser.parse_args()
    if args.side:
        side(args.side, args.address)
        return
    for latency in ("50", "0"):
        server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._canned_server", latency], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            address = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
            pairs = [(measured("ours", address), measured("loop", address)) for _ in range(args.rounds)]
        finally:
            server.kill()
            server.wait()
        print(f"{latency} ms:")
        for place, what in enumerate(Took._fields):
            mine, theirs = (statistics.median(pair[who][place] for pair in pairs) for who in (0, 1))
            ratio = statistics.median(pair[0][place] / pair[1][place] for pair in pairs)
            print(f"  {what:<10} ours {mine:7.2f}  the loop {theirs:7.2f}  ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
