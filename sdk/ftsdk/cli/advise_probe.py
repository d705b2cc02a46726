"""`ft advise --probe` and `--learning-curve`: evidence from the team's own rows, with its budget shown first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ftsdk.advise import Facts
from ftsdk.advise.curve import SHARES, LearningCurve, Point, fit_curve
from ftsdk.advise.measure import from_spec
from ftsdk.cli.output import console
from ftsdk.errors import UsageError
from ftsdk.rows import training_set

if TYPE_CHECKING:
    from ftsdk.spec import SpecFile
    from ftsdk.workspace import Workspace

SEEDS_AT_THE_SMALLEST = 3


def declared(workspace: Workspace, facts: Facts, spec: str) -> Facts:
    """``facts`` with what a spec declares."""
    spec_file = workspace.load(spec)
    return from_spec(facts, spec_file, len(training_set(spec_file).rows))


def probed(workspace: Workspace, facts: Facts, spec: str, rows: int, documents: list[Path]) -> Facts:
    """``facts`` with what untrained arms show on the spec's held-out rows."""
    plan = workspace.probe(spec, rows=rows, documents=[path.read_text("utf-8") for path in documents])
    out = console(stderr=True)
    out.print(f"the probe asks for {plan.budget.text}", markup=False)
    found = workspace.run_probe(plan, facts)
    out.print(found.comparison)
    out.print(found.text, markup=False)
    return found.facts


def learning_curve(workspace: Workspace, spec: str) -> LearningCurve:
    """Train on growing shares of the spec's rows, and fit the curve through the errors."""
    spec_file = workspace.load(spec)
    plan = workspace.plan(spec)
    sizes = [max(1, round(share * plan.train_rows)) for share in SHARES]
    if len(set(sizes)) < len(SHARES) or spec_file.spec.spec.evaluation is None:
        raise UsageError(f"{plan.train_rows} rows are too few for a curve, or there is no evaluation",
                         help="a curve needs at least 8 training rows and spec.evaluation")  # fmt: skip
    seeds = [(size, seed) for size in sizes for seed in range(SEEDS_AT_THE_SMALLEST if size == sizes[0] else 1)]
    out = console(stderr=True)
    out.print(f"the curve trains {len(seeds)} times, on {', '.join(map(str, sizes))} rows", markup=False)
    errors: dict[int, list[float]] = {}
    held_out = 0
    for size, seed in seeds:
        error, held_out = _trained(workspace, spec_file, size, spec_file.spec.spec.method.seed + seed)
        errors.setdefault(size, []).append(error)
        out.print(f"{size} rows, seed {seed}: {error:.1%} of the marks missed", markup=False)
    return fit_curve([Point(rows=size, error=sum(of) / len(of)) for size, of in errors.items()], held_out)


def _trained(workspace: Workspace, spec_file: SpecFile, rows: int, seed: int) -> tuple[float, int]:
    """The tuned model's error after training on the first ``rows`` rows, and how many rows were held out."""
    spec = spec_file.spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    name = f"{spec_file.spec.metadata.name[:40]}-curve-{rows}-{seed}"
    body = spec["spec"]
    spec["metadata"] = {"name": name}
    body["dataset"] = body["dataset"] | {"max_rows": rows}
    body["method"] = body.get("method", {}) | {"seed": seed}
    body["evaluation"] = body["evaluation"] | {"arms": ["base", "tuned"]}
    body.pop("gates", None)
    body.pop("promote", None)
    path = spec_file.directory / f".{name}.yaml"
    path.write_text(yaml.safe_dump(spec, sort_keys=False, allow_unicode=True), encoding="utf-8")
    try:
        comparison = workspace.apply(path).wait().comparison
    finally:
        path.unlink(missing_ok=True)
    if comparison is None:
        raise UsageError(f"the training on {rows} rows ended without a comparison", help="`ft runs` lists the runs")
    tuned = next(summary for summary in comparison.arms if summary.arm.kind == "tuned")
    return 1 - tuned.metrics[comparison.primary_metric].value, len(comparison.rows)


def tell_curve(curve: LearningCurve) -> None:
    """The errors by rows, the fit, and what it says of more rows."""
    out = console()
    for point in curve.points:
        out.print(f"{point.rows:>8,} rows  {point.error:6.1%} of the marks missed", markup=False)
    fit = f"{curve.floor:.3f} + {curve.scale:.3f} x rows^-{curve.exponent:.2f}"
    out.print(f"fitted: error = {fit}, on {curve.held_out} held-out rows", markup=False)
    out.print(curve.text, markup=False)
    out.print(f"Four times the rows, by the same fit: {100 * curve.gain_at_four:.1f} points.", markup=False)
