"""What was done with files of rows, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Group, RenderableType

from ftsdk.data.card import DataCard
from ftsdk.data.exporting.value import ExportReport
from ftsdk.data.fix import FixReport
from ftsdk.data.importing.value import ImportReport
from ftsdk.data.sample import RowSample
from ftsdk.data.splitting import SplitReport
from ftsdk.data.value import LeakCertificate
from ftsdk.report import data_words as words
from ftsdk.report.console.findings import draw_finding, draw_findings, draw_ledger
from ftsdk.report.console.layout import BAD, GOOD, QUIET, UNSURE, heading, indented, pairs, said, table
from ftsdk.report.untrusted import line, shown
from ftsdk.report.wording import count, counted, percent

SHOWN_FINDINGS = 10
SHOWN_LEAKS = 5
LONGEST_SAID = 600
BAR, SHOWN_SHARES = 24, 20


def draw_import(report: ImportReport) -> RenderableType:
    """How many rows came of how many records, how they were read, and what was left out and why."""
    parts: list[RenderableType] = [
        said(f"{counted(report.written, 'row')} of {counted(report.read, 'record')} ({report.container}) imported")
    ]
    if report.mapping:
        how = "as you said" if report.mapping_given else "as the names suggest; --map says otherwise"
        parts += [heading(f"Columns, {how}"), pairs((target, line(name)) for target, name in report.mapping.items())]
    else:
        parts += [heading("Shapes"), _counts(report.shapes)]
    if report.not_taken:
        parts += [heading("Not taken"), _counts(report.not_taken)]
    if report.left_out:
        parts += [heading("Left out"), _counts(report.left_out)]
    if report.findings:
        parts += [heading("The first of them"), draw_findings(report.findings[:SHOWN_FINDINGS])]
    if report.path:
        parts += [said(""), said(f"rows: {report.path}"), indented(f"next: ft data check {line(report.path)}")]
    return Group(*parts)


def draw_fix(report: FixReport) -> RenderableType:
    """How many rows were changed or left out, by what, and what is still wrong."""
    numbers = f"{count(report.changed)} changed, {count(report.removed)} left out, {count(report.same)} as they were"
    parts: list[RenderableType] = [said(f"{counted(report.rows, 'row')}: {numbers}")]
    if report.fixed:
        parts += [heading("Mended"), _counts(report.fixed)]
    if report.remaining:
        parts += [heading("Still to decide"), _counts(report.remaining)]
    return Group(*parts, said(""), said(f"copy: {report.path}"), said(f"changes: {report.diff}"))


def draw_export(report: ExportReport) -> RenderableType:
    """How many rows were written in which form, and what that form could not say of them."""
    parts: list[RenderableType] = [
        said(f"{counted(report.written, 'row')} of {count(report.rows)} written as {report.target} ({report.method})")
    ]
    if report.losses:
        parts += [heading("Lost"), _counts(report.losses)]
    if report.left_out:
        parts += [heading("Left out"), _counts(report.left_out), draw_findings(report.findings[:SHOWN_FINDINGS])]
    parts += [heading("What this form cannot say"), *(indented(line(item)) for item in report.cannot)]
    return Group(*parts, said(""), said(f"file: {report.path}"))


def draw_split(report: SplitReport) -> RenderableType:
    """The files, what stayed together, and the certificate."""
    rule = report.rule
    how = "the newest rows held out" if rule.time_by else f"seed {rule.seed}"
    how += f", shares of {rule.stratify_by} kept" if rule.stratify_by else ""
    total = sum(file.rows for file in report.files.values())
    files = table(
        ("file", "rows", "share", "sha256"),
        [(file.path, count(file.rows), percent(file.rows / total), file.sha256[:12]) for file in report.files.values()],
    )
    head = f"{counted(total, 'row')} in {counted(report.clusters, 'cluster')} that stay together ({how})"
    notes = [indented(said(note, UNSURE)) for note in report.notes]
    return Group(said(head), files, *notes, draw_certificate(report.certificate))


def draw_certificate(certificate: LeakCertificate) -> RenderableType:
    """Whether the test rows are held out, what each pair of files shares, and by which method."""
    rows = "test rows" if certificate.test_rows is None else f"{counted(certificate.test_rows, 'test row')}"
    seen = f"NOT held out: {count(certificate.leaked)} of {rows} were seen before"
    verdict = said("held out: no test prompt was seen before", GOOD) if certificate.held_out else said(seen, BAD)
    shared = table(
        ("seen in", "looked up", "exact", "near", "contained", "groups"),
        [
            (item.first, item.second, *map(count, (item.exact, item.near, item.contained, len(item.shared_groups))))
            for item in certificate.overlaps
        ],
        right_from=2,
    )
    lines = [
        indented(
            f"{item.second} line {leak.line}: {leak.kind} ({percent(leak.alike)}), {item.first} line {leak.seen_line}"
        )
        for item in certificate.overlaps
        for leak in item.leaks[:SHOWN_FINDINGS]
    ]
    hashes = [("train", certificate.train_sha256), ("test", certificate.test_sha256)]
    hashes += [("validation", certificate.validation_sha256)] if certificate.validation_sha256 else []
    hashes += [(f"ancestor {number}", digest) for number, digest in enumerate(certificate.ancestors, 1)]
    method = said(f"method: {certificate.method}", QUIET)
    return Group(heading("Leak certificate"), indented(verdict), shared, *lines, pairs(hashes), indented(method))


def draw_sample(sample: RowSample) -> RenderableType:
    """Each row, and below it what was found in it."""
    parts: list[RenderableType] = [said(f"{len(sample.rows)} of {counted(sample.total, 'row')}, seed {sample.seed}")]
    for row in sample.rows:
        parts.append(heading(f"{line(row.id)} (line {row.line})"))
        parts += [indented(f"{line(part.who)}: {shown(part.text, LONGEST_SAID)}") for part in row.said]
        parts += [draw_finding(finding) for finding in row.findings]
    return Group(*parts)


def draw_card(card: DataCard) -> RenderableType:
    """Is it enough, how long the rows are, what repeats, where the tokens go, and what was found."""
    report, profile = card.check, card.check.profile
    parts: list[RenderableType] = [said(words.headline(card), "bold")]
    parts += [heading("Is it enough?"), *(indented(text) for text in words.sentences(card))]
    if profile.lengths:
        parts += [heading("Tokens of a row"), pairs((key, count(value)) for key, value in profile.lengths.items())]
    if profile.labels:
        parts += [heading("Answers that are labels"), _shares(profile.labels.items(), report.totals["rows"])]
    distinct = ("distinct prompts", card.distinct_prompts)
    parts += [heading("Repeats"), _shares((distinct, *words.duplicates(card)), report.totals["rows"])]
    if report.ledger:
        parts += [heading("Tokens, once through"), draw_ledger(report.ledger)]
    if profile.found:
        parts += [heading("Findings (`ft data check` lists them)"), _counts(profile.found)]
    return Group(*parts, *([draw_certificate(card.certificate)] if card.certificate else []))


def _shares(items: Iterable[tuple[str, int]], total: int) -> RenderableType:
    return pairs(
        (label, f"{count(number):>9}  {percent(number / (total or 1)):>7}  {'█' * round(BAR * number / (total or 1))}")
        for label, number in list(items)[:SHOWN_SHARES]
    )


def _counts(numbers: Mapping[str, int]) -> RenderableType:
    return pairs((f"{count(number)}", line(name)) for name, number in numbers.items())
