"""The demonstration killed ten times at random moments (kill -9, everything) and started again each time.

It must end with the adapter of an undisturbed run; the answers are compared too, because their batches may differ.
``--spec`` names the spec (default: the fast one), ``--kills`` how often, ``--seed`` when.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks._checkout import fresh_checkout, kill_all


def main() -> None:
    """Run it calm, run it killed, and say what differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--spec", default="specs/tickets/tickets-fast.yaml")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ftsdk-killed-") as directory:
        calm = fresh_checkout(Path(directory).resolve() / "calm")
        started = time.monotonic()
        _apply(calm, args.spec).wait()
        length = time.monotonic() - started
        killed = fresh_checkout(Path(directory).resolve() / "killed")
        moments = _kill_at_random(killed, args.spec, args.kills, random.Random(args.seed), length)
        _apply(killed, args.spec).wait()
        _say(calm, killed, moments, length)


def _apply(root: Path, spec: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ftsdk.cli", "apply", spec, "--wait", "--yes"]
    with (root / "apply.log").open("ab") as log:
        return subprocess.Popen(command, cwd=root, stdout=log, stderr=log, start_new_session=True)


def _kill_at_random(root: Path, spec: str, kills: int, chance: random.Random, length: float) -> list[str]:
    """Kill at moments spread over the run: each start is left alone for a tenth to a quarter of its length."""
    moments = []
    for _ in range(kills):
        running = _apply(root, spec)
        time.sleep(chance.uniform(0.3, length / 5))
        moments.append(_phase(root))
        kill_all(root)
        running.wait()
    return moments


def _ft(root: Path, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "ftsdk.cli", *words, "--format", "json"]
    said = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    content: dict[str, Any] = json.loads(said)
    return content


def _phase(root: Path) -> str:
    runs = _ft(root, "runs")["runs"]
    return str(runs[0]["phase"]) if runs else "before the run"


def _say(calm: Path, killed: Path, moments: list[str], length: float) -> None:
    for root in (calm, killed):
        if _phase(root) != "done":
            raise SystemExit(f"the run in {root.name} did not end well:\n{(root / 'apply.log').read_text()[-2000:]}")
    hashes = [_ft(root, "runs")["runs"][0]["data"]["result"]["sha256"] for root in (calm, killed)]
    print(f"an undisturbed run took {length:.0f} s; killed in: {', '.join(moments)}")
    print(f"runs in the killed store: {len(_ft(killed, 'runs')['runs'])}; jobs: {len([*killed.rglob('result.json')])}")
    print(f"adapter: {'the same' if hashes[0] == hashes[1] else 'DIFFERENT'} ({hashes[0][:16]}, {hashes[1][:16]})")
    texts = [_answers(root) for root in (calm, killed)]
    differ = sum(texts[0][key] != texts[1][key] for key in texts[0])
    print(f"answers: {differ} of {len(texts[0])} differ")


def _answers(root: Path) -> dict[tuple[str, str], str]:
    rows = _ft(root, "compare", "r1")["rows"]
    return {(row["id"], arm): answer["text"] for row in rows for arm, answer in row["answers"].items()}


if __name__ == "__main__":
    main()
