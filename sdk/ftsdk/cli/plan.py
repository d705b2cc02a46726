"""`ft plan`: what applying specs would do, what it costs and who must agree; it spends nothing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.cli.output import console, show_for_review
from ftsdk.cli.since import Since, open_trusted, other_rules, since
from ftsdk.diagnostics import Diagnostic, has_errors
from ftsdk.errors import FtsdkError, PolicyDenied, SpecError, UsageError
from ftsdk.plan.value import Plan, PlanSet, Unplanned

if TYPE_CHECKING:
    from ftsdk.plan.snapshot import Last, Snapshot
    from ftsdk.spec import Checked, SpecFile
    from ftsdk.workspace import Workspace

EXIT_CHANGES = 2
EXIT_DRIFT = 17
FORMATS = ("human", "json", "markdown", "github", "sarif")


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("specs", nargs="*", metavar="SPEC", help="spec files or names; every spec when absent")
    parser.add_argument("--changed", metavar="REF", help="only what differs from REF, by the rules of REF's ftsdk.yaml")
    parser.add_argument("--out", metavar="FILE", type=Path, help="also write it as JSON, for `ft apply --plan`")
    parser.add_argument("--offline", action="store_true", help="use the last snapshot and look at nothing outside")
    parser.add_argument("--explain", action="store_true", help="say why each change class was chosen")
    parser.add_argument("--detailed-exitcode", action="store_true", help="exit 2 when something would happen")
    parser.add_argument("--expect-no-changes", action="store_true", help="exit 17 when something would happen")
    parser.add_argument("--format", choices=FORMATS, default="human", help="default: human")


def run(args: Namespace) -> int:
    """Plan, print, and fail when something could not be applied."""
    workspace = open_trusted(args.changed)
    alone = len(args.specs) == 1 and args.changed is None
    found = plans(workspace, args.specs, args.changed, offline=args.offline, alone=alone)
    value: Plan | PlanSet = found.plans[0] if alone else found
    _tell(value, found, args)
    if args.out:
        args.out.write_text(value.model_dump_json(by_alias=True, indent=2))
        console(stderr=True).print(f"the plan is in {args.out}; `ft apply SPEC --plan {args.out}` applies it")
    return _exit_code(found, args)


def plans(
    workspace: Workspace, names: list[str], changed: str | None, *, offline: bool = False, alone: bool = False
) -> PlanSet:
    """The plans of some specs, of all, or of those that differ from a revision; ``alone`` raises what is wrong."""
    from ftsdk.plan.snapshot import drift

    compared = since(changed, workspace) if changed is not None else None
    paths = _chosen(workspace, names, compared)
    loaded: list[SpecFile] = []
    unplanned: list[Unplanned] = []
    for path in paths:
        try:
            loaded.append(workspace.load(path))
        except FtsdkError as error:
            if alone:
                raise
            unplanned.append(_unplanned(str(path), error))
    snapshot = _snapshot(workspace, loaded, offline=offline)
    made: list[Plan] = []
    for spec_file in loaded:
        try:
            before = _before(workspace, spec_file, compared, snapshot)
            made.append(workspace.plan_file(spec_file, snapshot, before))
        except FtsdkError as error:
            if alone:
                raise
            unplanned.append(_unplanned(spec_file.path, error))
    return PlanSet(
        plans=tuple(made),
        unplanned=tuple(unplanned),
        drift=drift(snapshot),
        unchanged=sum(plan.change == "none" for plan in made),
        state="" if not made else made[0].state,
        observed_at=snapshot.taken_at,
        notes=other_rules(workspace, changed) if changed is not None else (),
    )


def _chosen(workspace: Workspace, names: list[str], compared: Since | None) -> list[Path]:
    """The specs that were named, or all; of these, where asked, those that are touched by what differs."""
    if compared is None:
        return [Path(name) for name in names] or list(workspace.specs())
    from ftsdk.cli.affected import Affected
    from ftsdk.cli.changed import changes
    from ftsdk.spec import examine, find_specs
    from ftsdk.spec.named import find_spec

    project = workspace.project_file
    differs = Affected(changes(compared.revision).files, project, compared.project)
    if names:
        everything = ((path, examine(path, project)) for path in find_specs(project) if isinstance(path, Path))
        found = [find_spec(name, workspace.root, everything) for name in names]
        return [path for path in found if differs.touches(path)]
    touched = [path for path in find_specs(project) if isinstance(path, Path) and differs.touches(path)]
    return [path for path in touched if _is_spec(examine(path, project))]


def _is_spec(checked: Checked) -> bool:
    return checked.ours and checked.kind == "FineTune"


def _snapshot(workspace: Workspace, specs: list[SpecFile], *, offline: bool) -> Snapshot:
    if offline:
        return workspace.planning.observer.last_snapshot()
    snapshot = workspace.planning.observer.observe(specs)
    with suppress(OSError):  # a disk that cannot be written only means that `--offline` has nothing newer
        workspace.planning.observer.keep_snapshot(snapshot)
    return snapshot


def _before(workspace: Workspace, spec_file: SpecFile, compared: Since | None, snapshot: Snapshot) -> Last | None:
    """What the revision says of a spec, where the store has no run of it."""
    from ftsdk.plan import last_of

    if compared is None or last_of(spec_file, snapshot) is not None:
        return None
    from ftsdk.cli.base import last_at

    return last_at(compared.revision, compared.called, spec_file, compared.project, workspace.planning)


def _unplanned(path: str, error: FtsdkError) -> Unplanned:
    findings = error.findings if isinstance(error, SpecError) else ()
    return Unplanned(spec_path=path, message=error.message, findings=findings)


def _tell(value: Plan | PlanSet, found: PlanSet, args: Namespace) -> None:
    if args.format in ("github", "sarif"):
        tell_findings(findings_of(found), args.format)
        return
    show_for_review(value, args.format)
    if args.explain and args.format == "human":
        for plan in found.plans:
            console().print(explained(plan), soft_wrap=True)
    if args.offline and args.format == "human" and found.observed_at is not None:
        console().print(f"from the snapshot of {found.observed_at:%Y-%m-%d %H:%M} UTC, {_age(found)} old")


def explained(plan: Plan) -> str:
    """Why a plan has its class: what was compared, and the class of each change."""
    lines = [
        f"{plan.name} is planned as {plan.change}: {plan.why}",
        f"  what trains has the fingerprint {plan.fingerprint}",
    ]
    lines += [f"  {change.path} asks for: {change.change}" for change in plan.changes]
    lines += [] if plan.changes else ["  there is nothing to compare it with, or nothing differs"]
    lines += [f"  an approval binds to: {', '.join(plan.bound)}"]
    return "\n".join(lines)


def _age(found: PlanSet) -> str:
    from datetime import UTC, datetime

    from ftsdk.report import duration

    assert found.observed_at is not None
    return duration((datetime.now(UTC) - found.observed_at).total_seconds())


def tell_findings(findings: tuple[Diagnostic, ...], format: str) -> None:
    """Print findings as ``github`` annotations or as ``sarif``."""
    import json

    from ftsdk import __version__
    from ftsdk.report.findings.github import annotate
    from ftsdk.report.findings.sarif import sarif

    if format == "sarif":
        print(json.dumps(sarif(list(findings), __version__), indent=2))  # noqa: T201
        return
    for line in annotate(findings):
        print(line)  # noqa: T201


def findings_of(found: PlanSet) -> tuple[Diagnostic, ...]:
    """Every finding of every spec, planned or not."""
    groups = [plan.findings for plan in found.plans] + [each.findings for each in found.unplanned]
    return tuple(finding for group in groups for finding in group)


def _exit_code(found: PlanSet, args: Namespace) -> int:
    findings = findings_of(found)
    errors = [finding for finding in findings if finding.severity == "error"]
    if found.unplanned or any(not error.code.startswith("policy/") for error in errors):
        return SpecError.exit_code
    if has_errors(findings):
        return PolicyDenied.exit_code
    changes = any(plan.change != "none" for plan in found.plans)
    if changes and args.expect_no_changes:
        return EXIT_DRIFT
    return EXIT_CHANGES if changes and args.detailed_exitcode else 0


def read_plans(path: Path) -> PlanSet:
    """Plans that were written with --out; raises UsageError for anything else."""
    try:
        text = path.read_bytes()
    except OSError as error:
        help = "write one with `ft plan --out`"
        raise UsageError(f"cannot read the plan {path}: {error.strerror}", help=help) from error
    for kind in (Plan, PlanSet):
        with suppress(ValueError):
            value = kind.model_validate_json(text)
            return value if isinstance(value, PlanSet) else PlanSet(plans=(value,), state=value.state)
    raise UsageError(f"{path} is not a plan of this version", help="write one with `ft plan --out`")
