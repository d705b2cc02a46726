"""What is wrong with a plan before it is applied: its data, leaks, arms and budget, each at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from ftsdk.data import AnyRow, Dataset, LeakCertificate, Row, check, with_system
from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.plan.estimate import CountTokens
from ftsdk.plan.value import CostLine
from ftsdk.prices import Interval
from ftsdk.spec import SpecFile
from ftsdk.spec.file import relative_name
from ftsdk.spec.model import FewShotArm
from ftsdk.spec.places import error, warning
from ftsdk.spec.remote import pinned_files

SHOWN_LEAKS = 5
OLD_DAYS = 90
SEEN = {
    "exact": "this prompt is also in",
    "near": "this prompt is nearly ({alike:.0%}) that of",
    "contained": "most of this prompt ({alike:.0%}) stands in",
}


def data_findings(
    spec_file: SpecFile, train: Dataset[AnyRow], rows: Sequence[AnyRow], count: CountTokens, max_tokens: int
) -> Iterator[Diagnostic]:
    """Findings of the rows that will train, as long as they will be with the prompt, as severe as the spec says."""
    name, checks = shown(spec_file, train), spec_file.spec.spec.dataset.checks
    chats = with_system(rows, spec_file.system_prompt)
    longest = min(max_tokens, checks.max_tokens_per_example or max_tokens)
    yield from check(chats, count_tokens=count, max_tokens=longest, name=name, checks=checks).findings
    if not rows:
        yield error("data/empty-file", f"{name} has no rows", Place(file=name), "write one JSON object a line")
    own = [row.line for row in rows if row.messages[0].role == "system"]
    if spec_file.system_prompt is not None and own:
        message = f"{len(own)} rows bring a system message, and the spec has a system_prompt"
        help = "keep one of them: training uses the spec's"
        yield error("data/two-system-messages", message, Place(file=name, line=own[0]), help)


def validation_findings(
    spec_file: SpecFile, validation: Dataset[AnyRow], count: CountTokens, max_tokens: int
) -> Iterator[Diagnostic]:
    """What would stop the trainer at a validation row; repeats and lengths matter to what is learnt only."""
    chats = with_system(validation.rows, spec_file.system_prompt)
    checks = spec_file.spec.spec.dataset.checks
    found = check(chats, count_tokens=count, max_tokens=max_tokens, name=shown(spec_file, validation), checks=checks)
    yield from (finding for finding in found.findings if finding.severity is Severity.error)


def file_findings(spec_file: SpecFile, sha256_of: Callable[[Path], str]) -> Iterator[Diagnostic]:
    """Files that are not those whose hash the spec gives; ``sha256_of`` reads one."""
    for path, name, declared in pinned_files(spec_file.spec):
        found = sha256_of(spec_file.file(name)) if declared is not None else None
        if found != declared:
            message = f"{name} is another file than this one: its sha256 is {found}"
            help = "fetch the file that was meant, or write its hash here"
            yield error("data/sha256", message, spec_file.place(*path), help)


def leak_findings(
    spec_file: SpecFile, train: Dataset[AnyRow], test: Dataset, leak: LeakCertificate
) -> Iterator[Diagnostic]:
    """Test rows that training has seen are as severe as `checks.eval_leakage` says; shared groups are warnings."""
    level = spec_file.spec.spec.dataset.checks.eval_leakage
    if level != "off":
        yield from _seen(spec_file, train, test, leak, error if level == "block" else warning)
    if leak.shared_groups:
        some = ", ".join(leak.shared_groups[:5]) + (", ..." if len(leak.shared_groups) > 5 else "")
        message = f"{len(leak.shared_groups)} groups are on both sides of the split: {some}"
        place = Place(file=shown(spec_file, test))
        yield warning("data/shared-group", message, place, "keep a group's rows on one side")


def _seen(
    spec_file: SpecFile, train: Dataset[AnyRow], test: Dataset, leak: LeakCertificate, say: Callable[..., Diagnostic]
) -> Iterator[Diagnostic]:
    train_name, test_name = shown(spec_file, train), shown(spec_file, test)
    found = leak.overlaps[0].leaks if leak.overlaps else ()  # with the training rows; of the others all is counted
    for item in found[:SHOWN_LEAKS]:
        said = SEEN[item.kind].format(alike=item.alike)
        message = f"not held out: {said} {train_name}, line {item.seen_line}"
        related = (Place(file=train_name, line=item.seen_line),)
        help = "remove it from one of the files"
        yield say("data/leak", message, Place(file=test_name, line=item.line), help, related)
    if leak.leaked > min(SHOWN_LEAKS, len(found)):
        where = "in training or validation rows, or in an ancestor's"
        message = f"not held out: {leak.leaked} of {len(test.rows)} test rows are also {where}"
        yield say("data/leak", message, Place(file=test_name), "split the data again: `ft data split` keeps apart")


def evaluation_findings(spec_file: SpecFile, rows: Sequence[Row], test: Dataset) -> Iterator[Diagnostic]:
    """Test data without rows, and arms that ask for more examples than there are."""
    evaluation = spec_file.spec.spec.evaluation
    if evaluation is None:
        return
    if not test.rows:
        name = shown(spec_file, test)
        yield error("data/empty-file", f"{name} has no rows", Place(file=name), "write one JSON object a line")
    prompts = len({row.prompt for row in rows})
    for index, arm in enumerate(evaluation.arms):
        if isinstance(arm, FewShotArm) and arm.few_shot > prompts:
            place = spec_file.place("spec", "evaluation", "arms", index, "few_shot")
            message = f"{arm.few_shot} examples asked for, but the training rows have {prompts} different prompts"
            help = f"write at most {prompts}"
            if not prompts:
                message, help = "the training rows have no answers to show as examples", "leave this arm out"
            yield error("spec/few-shot", message, place, help)


def budget_findings(spec_file: SpecFile, usd: Interval) -> Iterator[Diagnostic]:
    """A plan that may cost more than the spec allows."""
    limit = spec_file.spec.spec.budget.max_usd
    if limit is not None and usd.high > limit:
        message = f"it may cost ${usd.high:,.2f}, and budget.max_usd is ${limit:,.2f}"
        place = spec_file.place("spec", "budget", "max_usd")
        if spec_file.spec.spec.budget.on_estimate_above == "require_approval":
            yield warning("plan/over-budget", message, place, "it starts once somebody has agreed")
        else:
            yield error("plan/over-budget", message, place, "raise the budget, or train on fewer rows or epochs")


def price_findings(spec_file: SpecFile, lines: Sequence[CostLine], day: date) -> Iterator[Diagnostic]:
    """Prices that are old, or that nobody is sure of."""
    place = spec_file.place("spec", "model")
    help = "compare your contract; spec.prices of ftsdk.yaml overrides it"
    old = sorted({line.as_of for line in lines if line.as_of is not None and (day - line.as_of).days > OLD_DAYS})
    if old:
        yield warning("plan/old-price", f"prices are as of {old[0]}: {(day - old[0]).days} days old", place, help)
    for source in sorted({line.source for line in lines if line.sure == "low" and line.usd.high > 0}):
        yield warning("plan/unsure-price", f"nobody is sure of this price: {source}", place, help)


def shown(spec_file: SpecFile, dataset: Dataset[AnyRow]) -> str:
    """What findings call a dataset: its path from the root of the workspace."""
    return relative_name(Path(dataset.path), spec_file.root)
