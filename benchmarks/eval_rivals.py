"""1,000 rows x 2 arms with a JSON grader, 64 at a time: ours beside promptfoo, inspect_ai and pydantic-evals.

Every side is a process of its own from its start to its end, in turn, against the same loopback service; seconds,
CPU and peak memory are those that the system counted for it. Ours writes its journal and ends with a comparison; then
promptfoo and ours do the same again, from promptfoo's cache and from our journal.

The rivals live elsewhere: `python -m venv RIVALS && RIVALS/bin/pip install inspect-ai pydantic-evals openai` and
`npm install --prefix RIVALS promptfoo`; then `python -m benchmarks.eval_rivals --rivals RIVALS`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks._rival_evals import SIDES, promptfoo_files
from benchmarks.runner import ARMS, AT_ONCE, EXPECTED, ROWS

BARS = {"promptfoo": 5.0, "inspect_ai": 10.0, "pydantic-evals": 1.5}
CACHED_BAR, MEMORY_BAR, ABOVE_START_BAR = 30.0, 110, 0.6


class Took(NamedTuple):
    """One process, start and end included; of what is done again also the CPU above its start."""

    wall: float
    cpu: float
    megabytes: float
    above_start: float = 0.0


def main() -> None:
    """Rounds of all sides at each latency, and how far ours is ahead."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rivals", type=Path, help="where the rivals are installed (else ours alone)")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--latencies", type=int, nargs="*", default=[50, 0], help="milliseconds")
    parser.add_argument("--ours", nargs=2, metavar=("ADDRESS", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.ours:
        ours(args.ours[0], Path(args.ours[1]))
        return
    for latency in args.latencies:
        with serving(latency) as address:
            rounds = [one_round(address, args.rivals and args.rivals.resolve()) for _ in range(args.rounds)]
        say(latency, rounds)


@contextmanager
def serving(latency: int) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks._canned_server", str(latency)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
    finally:
        server.kill()
        server.communicate()


def one_round(address: str, rivals: Path | None) -> dict[str, Took]:
    found: dict[str, Took] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        mine = [sys.executable, "-m", "benchmarks.eval_rivals", "--ours", address, made]
        found["ours"] = measured(mine)
        again, above = measured(mine), json.loads((folder / "above-start.json").read_text())
        found["ours again"] = again._replace(above_start=above)
        if rivals is None:
            return found
        settings = promptfoo_files(folder, address, ROWS, ARMS, EXPECTED)
        program = str(rivals / "node_modules/.bin/promptfoo")
        promptfoo = [program, "eval", "-c", str(folder / "promptfoo.json"), "-j", str(AT_ONCE)]
        promptfoo += ["--no-table", "--no-progress-bar"]
        found["promptfoo"] = measured(promptfoo, settings, folder)
        again, start = measured(promptfoo, settings, folder), measured([program, "--version"], settings, folder)
        found["promptfoo again"] = again._replace(above_start=again.cpu - start.cpu)
        for name, script in SIDES.items():
            (folder / "side.py").write_text(script)
            told = {"ADDRESS": address, "ROWS": str(ROWS), "AT_ONCE": str(AT_ONCE), "EXPECTED": EXPECTED}
            told |= {"ARMS": ",".join(ARMS), "FOLDER": made, "LOOP_BASE_URL": address, "LOOP_API_KEY": "none"}
            found[name] = measured([str(rivals / "bin/python"), "side.py"], told, folder)
    return found


def measured(command: list[str], settings: dict[str, str] | None = None, folder: Path | None = None) -> Took:
    """What a command took; ends all when it fails."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=os.environ | (settings or {}), cwd=folder, stdout=said, stderr=said)
        _pid, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{command[:2]} ended with {process.returncode}:\n{said.read().decode(errors='replace')[-3000:]}")
    return Took(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def ours(address: str, folder: Path) -> None:
    """Ask, keep, grade, compare."""
    from ftsdk.data.value import Message, Row
    from ftsdk.evals import Journal, answer_rows, build_graders, compare_arms
    from ftsdk.evals.value import Arm
    from ftsdk.providers.answering import openai_answers
    from ftsdk.providers.inference import Answer, Params
    from ftsdk.spec.connections import OpenAICompatibleConnection
    from ftsdk.spec.evaluation import JsonFieldsMetric

    started = time.process_time()
    said = {"type": "openai_compatible", "base_url": address}
    connect = openai_answers(OpenAICompatibleConnection.model_validate(said), folder)
    arms = [Arm(name=name, kind=name, model=name) for name in ARMS]  # type: ignore[arg-type]
    rows = []
    for index in range(ROWS):
        turns = (Message(role="user", content=f"ticket {index}"), Message(role="assistant", content=EXPECTED))
        rows.append(Row(id=f"r{index}", line=index + 1, messages=turns))

    async def asked() -> dict[str, dict[str, Answer]]:
        answers = {}
        for arm in arms:
            with Journal(folder / f"{arm.model}.jsonl") as journal:
                async with connect(arm.model) as client:
                    client.concurrency = AT_ONCE
                    answers[arm.name] = await answer_rows(arm, rows, client, Params(), journal)
        return answers

    answers = asyncio.run(asked())
    graders = build_graders([JsonFieldsMetric(name="fields", type="json_fields")], str)
    comparison = compare_arms("rivals", arms, answers, rows, graders, sampled_from=ROWS, held_out=True)
    assert [summary.metrics["fields"].value for summary in comparison.arms] == [1.0, 1.0]
    (folder / "comparison.json").write_text(comparison.model_dump_json())
    (folder / "above-start.json").write_text(json.dumps(time.process_time() - started))


def say(latency: int, rounds: list[dict[str, Took]]) -> None:
    """Medians, and ratios within a round."""
    print(f"{latency} ms, {len(rounds)} round(s):")
    for name in rounds[0]:
        wall, cpu, megabytes = (statistics.median(one[name][place] for one in rounds) for place in range(3))
        line = f"  {name:<16} {wall:7.2f} s  {cpu:7.2f} CPU-s  {megabytes:5.0f} MB"
        against = "ours again" if name.endswith("again") else "ours"
        if name == "ours":
            line += f"  (bar {MEMORY_BAR} MB)"
        elif name == "ours again":
            above = statistics.median(one[name].above_start for one in rounds)
            line += f"  {above:.2f} CPU-s above start-up (bar {ABOVE_START_BAR})"
        else:
            line += f"  ours is {ratio(rounds, name, against, 0):5.1f} times as fast"
            line += f", {ratio(rounds, name, against, 1):5.1f} in CPU"
            if name.endswith("again"):
                line += f", {ratio(rounds, name, against, 3):5.1f} in CPU above both start-ups (bar {CACHED_BAR})"
            else:
                line += f"  (bar {BARS[name]})"
        print(line, flush=True)


def ratio(rounds: list[dict[str, Took]], name: str, against: str, place: int) -> float:
    """How many times as much a side took, by the median of the rounds."""
    return statistics.median(one[name][place] / one[against][place] for one in rounds)


if __name__ == "__main__":
    main()
