"""Evaluations of services that limit and fail: how near to the possible they come, and what they are refused.

A loopback server lets in 200 requests a second, 50 at once at first (`_limited_server`), and answers after 50 ms. Each
case is a process of its own, as `ft eval` asks: runner, journal, client. Bars: without headers at most 1.25 times the
ideal time and 5 % refusals; with them at most 1.08 times; with 5 % 429, 2 % 500 and 1 % dropped connections at most
1.1 times; nothing lost, nothing answered twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks._limited_server import TOKENS, Limits

ROWS, AT_ONCE = 2000, 64
FAULTS = {"refused": 0.05, "broken": 0.02, "dropped": 0.01}
WITHOUT, WITH, FAULTY = 1.25, 1.08, 1.10

CASES: dict[str, tuple[Limits, float]] = {
    "no header at all": (Limits(), WITHOUT),
    "Retry-After: 1 alone": (Limits(retry_after=1), WITHOUT),
    "headers of requests": (Limits(headers=True, retry_after=1), WITH),
    "headers of requests and tokens": (Limits(headers=True, retry_after=1, tokens=15_000), WITH),
    "faults, no header": (Limits(**FAULTS), FAULTY),
    "faults, Retry-After: 1": (Limits(retry_after=1, **FAULTS), FAULTY),
    "faults, headers": (Limits(headers=True, retry_after=1, **FAULTS), FAULTY),
}


class Figures(NamedTuple):
    """One run: times the ideal, share of 429, rows without an answer, rows answered more than once."""

    times: float
    refused: float
    lost: int
    twice: int


def ideal(limits: Limits, rows: int) -> float:
    """Seconds in which the server can have answered all rows."""
    questions = rows / (1 - (limits.broken + limits.dropped) / (1 - limits.refused))
    seconds = (questions - limits.burst) / limits.rate
    if not limits.tokens:
        return seconds
    most = limits.tokens * limits.burst / limits.rate
    return max(seconds, (questions * sum(TOKENS) / 2 - most) / limits.tokens)


async def ours(address: str, root: Path, rows: int, at_once: int) -> tuple[float, int]:
    """Seconds and how many rows have an answer, asked as an evaluation asks."""
    import aiohttp  # noqa: F401  imports are not what is measured

    from ftsdk.data.value import Message, Row
    from ftsdk.evals import Journal, answer_rows
    from ftsdk.evals.value import Arm
    from ftsdk.providers.answering import openai_answers
    from ftsdk.providers.inference import Params
    from ftsdk.spec.connections import OpenAICompatibleConnection

    said = {"type": "openai_compatible", "base_url": address}
    connect = openai_answers(OpenAICompatibleConnection.model_validate(said), root)
    asked = []
    for index in range(rows):
        turns = (Message(role="user", content=f"ticket {index}"), Message(role="assistant", content="billing"))
        asked.append(Row(id=f"r{index}", line=index + 1, messages=turns))
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "answers.jsonl") as journal:
        async with connect("limited") as client:
            if at_once:
                client.concurrency = at_once
            began = time.perf_counter()
            answers = await answer_rows(
                Arm(name="base", kind="base", model="limited"), asked, client, Params(), journal
            )
            took = time.perf_counter() - began
    return took, sum(answers[row.id].text == row.messages[0].content for row in asked)


async def the_package(address: str, _root: Path, rows: int, at_once: int) -> tuple[float, int]:
    """The same through the openai package with its own retries, ``at_once`` at a time; failures are counted."""
    import openai

    waiting, right = iter(range(rows)), 0
    async with openai.AsyncOpenAI(base_url=address, api_key="none") as client:

        async def work() -> None:
            nonlocal right
            for row in waiting:
                turns: Any = [{"role": "user", "content": f"ticket {row}"}]
                try:
                    said = await client.chat.completions.create(model="limited", messages=turns)
                    right += said.choices[0].message.content == f"ticket {row}"
                except openai.APIError:
                    continue

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(at_once)))
        return time.perf_counter() - began, right


SIDES = {"ours": ours, "package": the_package}


def measured(limits: Limits, root: Path, rows: int, at_once: int, side: str = "ours", runs: int = 1) -> Figures:
    """A server and a process that asks it; the last of ``runs``."""
    said = json.dumps(asdict(limits))
    command = [sys.executable, "-m", "benchmarks._limited_server", said]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        asking = ["--side", side, "--address", address, "--root", str(root), "--rows", str(rows)]
        command = [sys.executable, "-m", "benchmarks.eval_limits", *asking, "--at-once", str(at_once)]
        for _ in range(runs):
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            seconds, right = json.loads(done.stdout)
            with urllib.request.urlopen(address, timeout=10) as response:
                came = json.loads(response.read())
    finally:
        server.kill()
        server.wait()
    refused = came["seen"].get("refused", 0) / sum(came["seen"].values())
    twice = sum(times > 1 for times in came["answers"].values())
    return Figures(seconds / ideal(limits, rows), refused, rows - right, twice)


def shown(name: str, figures: Figures, bar: float) -> None:
    """One line."""
    print(
        f"{name:<46} {figures.times:5.2f} (bar {bar:.2f})  429: {100 * figures.refused:4.1f} %"
        f"  lost {figures.lost}  twice {figures.twice}",
        flush=True,
    )


def main() -> None:
    """Every case, the kept rate, and the openai package's own retries beside them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="0: as many as the client has by itself")
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--address", default="")
    parser.add_argument("--root", type=Path, default=Path())
    args = parser.parse_args()
    if args.side:
        print(json.dumps(asyncio.run(SIDES[args.side](args.address, args.root, args.rows, args.at_once))))
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, (limits, bar) in CASES.items():
            # Who is refused last waits last, a second or two: so many rows that this is not what is measured.
            rows = args.rows * (1 if not limits.broken else 4 if limits.retry_after else 2)
            shown(name, measured(limits, root, rows, args.at_once), bar)
        (root / ".ftsdk").mkdir()
        limits, bar = CASES["Retry-After: 1 alone"]
        shown("Retry-After: 1, a second run", measured(limits, root, args.rows, args.at_once, runs=2), bar)
        package = measured(limits, root, args.rows, args.at_once or AT_ONCE, "package")
        shown("the openai package's own retries, the same", package, bar)


if __name__ == "__main__":
    main()
