"""What the tickets case gains, on every held-out row and at three seeds; with ``--audit``, on the audit rows.

``specs/tickets/tickets-full.yaml`` with each seed; ``--spec tickets`` trains as the demonstration does, for less time.


Bars: the tuned model with its one-line prompt has at least 99 % valid JSON and 90 % of the fields, and the whole 95 %
interval of what it gains over the base model's best prompt lies above 25 points. The audit rows (``audit5``: the four
before have had their look) are for one look after all choices: whoever chooses anything by them spoils them.

Everything is kept in ``benchmarks/out/quality``: started again, it goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

import ftsdk
from ftsdk.evals.value import ArmSummary, Comparison, SuiteResult

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "benchmarks" / "out" / "quality"
SPEC = ROOT / "specs" / "tickets"
FULL = "tickets-full"
METRICS = ("valid", "fields", "exact")
BARS = {"valid": 0.99, "fields": 0.90}
GAIN = 0.25


def main() -> None:
    """Train at every seed, evaluate every arm on all rows, print figures beside their bars."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 43, 44])
    parser.add_argument("--spec", choices=(FULL, "tickets"), default=FULL, help="which training")
    parser.add_argument("--audit", action="store_true", help="evaluate on the audit rows, once, after all choices")
    asked = parser.parse_args()
    rows = "audit5" if asked.audit else "test"
    for seed in asked.seeds:
        _report(rows, seed, _run(asked.spec, rows, seed))


def _run(name: str, rows: str, seed: int) -> Comparison:
    """The committed spec with this seed, evaluated on all of ``rows``; nothing is trained twice."""
    place = OUT / _identity(SPEC, name)
    folder = place / "specs" / "tickets"
    shutil.copytree(SPEC, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.yaml"))
    shutil.copy2(ROOT / "ftsdk.yaml", place)
    spec = _with(_read(name), _read(FULL), rows, seed)
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    workspace = ftsdk.open(place)
    run = workspace.apply(folder / f"{name}.yaml").wait()
    comparison = run.comparison
    workspace.close()
    if comparison is None:
        raise SystemExit(f"seed {seed}: the run left no comparison: {run.error}")
    return comparison


def _read(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load((SPEC / f"{name}.yaml").read_text("utf-8"))
    return spec


def _identity(folder: Path, name: str) -> str:
    """Changed files are another case: a run that was interrupted before the change is not gone on with."""
    names = (f"{name}.yaml", "data/train.jsonl", "data/test.jsonl", "prompts/short.md")
    return hashlib.sha256(b"\0".join((folder / name).read_bytes() for name in names)).hexdigest()[:12]


def _with(spec: dict[str, Any], full: dict[str, Any], rows: str, seed: int) -> dict[str, Any]:
    """The spec for one seed and one file of rows, compared as the full one is; nothing is promoted."""
    body = {key: value for key, value in spec["spec"].items() if key not in ("gates", "promote")}
    body["evaluation"] = dict(full["spec"]["evaluation"], dataset=f"data/{rows}.jsonl")
    body["method"] = dict(body.get("method", {}), seed=seed)
    return dict(spec, spec=body)


def _report(rows: str, seed: int, comparison: Comparison) -> None:
    print(f"{rows}, {len(comparison.rows)} rows, seed {seed}: {comparison.headline}")
    for summary in comparison.arms:
        print(f"  {summary.arm.name:<18}{_figures(summary)}")
    tuned = next(summary for summary in comparison.arms if summary.arm.kind == "tuned")
    fields = ", ".join(f"{name} {100 * share:.1f}" for name, share in tuned.parts.get("fields", {}).items())
    print(f"  tuned, by field: {fields}")
    for suite in comparison.suites:
        print(f"  suite {suite.name}: {_suite(suite)}")
    _print_bars(comparison, {name: tuned.metrics[name].value for name in METRICS})


def _figures(summary: ArmSummary) -> str:
    shares = "  ".join(f"{name} {100 * summary.metrics[name].value:5.1f} %" for name in METRICS)
    return f"{shares}  ({summary.prompt_tokens:.0f} tokens in, {summary.truncated} answers cut)"


def _suite(suite: SuiteResult) -> str:
    return "; ".join(f"{s.arm.name} fields {100 * s.metrics['fields'].value:.1f} %" for s in suite.arms)


def _print_bars(comparison: Comparison, tuned: Mapping[str, float]) -> None:
    for name, bar in BARS.items():
        print(f"  bar: {name} {100 * tuned[name]:.1f} %, at least {100 * bar:.0f} %: {_word(tuned[name] >= bar)}")
    if comparison.primary is not None:
        gain = comparison.primary.difference
        print(
            f"  bar: gain over {comparison.primary.second} {100 * gain.value:+.1f} points, 95 % interval "
            f"{100 * gain.low:+.1f} to {100 * gain.high:+.1f} ({gain.method}), above {100 * GAIN:+.0f}: "
            f"{_word(gain.low > GAIN)}",
            flush=True,
        )


def _word(holds: bool) -> str:
    return "holds" if holds else "MISSED"


if __name__ == "__main__":
    main()
