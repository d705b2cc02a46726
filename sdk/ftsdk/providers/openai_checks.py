"""What can be refused before the first byte leaves for a service of OpenAI's protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ftsdk.data import check as check_rows
from ftsdk.data.codes import CODES
from ftsdk.data.value import Ledger, Method
from ftsdk.diagnostics import Diagnostic, Severity
from ftsdk.providers.base import FileRef, Order
from ftsdk.providers.files import sha256_of
from ftsdk.providers.flavours import Flavour
from ftsdk.providers.openai_jobs import METHODS

ROWS: dict[str, Method] = {"sft": "sft", "dpo": "dpo", "rft": "rft"}


def check_order(order: Order, flavour: Flavour) -> Iterator[Diagnostic]:
    """Findings that need no account: the method, its numbers, and every row of both files with its line."""
    if order.method not in METHODS:
        yield problem(
            "method", f"{flavour.service} does not train by {order.method!r}", f"methods: {', '.join(METHODS)}"
        )
        return
    if order.method == "rft":
        yield from _check_grader(order, flavour)
    for file in order.files:
        yield from _check_file(order, file, flavour)


def _check_grader(order: Order, flavour: Flavour) -> Iterator[Diagnostic]:
    grader = order.settings.grader
    if grader is None or grader.type == "lambda":
        has = "none" if grader is None else "a function on AWS Lambda, which only Amazon Bedrock calls"
        help = "write string_check, text_similarity, python, score_model or multi"
        yield problem("grader", f"rft at {flavour.service} needs a grader, and the spec has {has}", help)
    if order.validation is None:
        yield problem("validation", "rft needs validation rows", "add dataset.validation")


def _check_file(order: Order, file: FileRef, flavour: Flavour) -> Iterator[Diagnostic]:
    path = Path(file.path)
    if path.is_file() and sha256_of(path) != file.sha256:
        yield problem("train-changed", f"{path} changed after it was planned", "plan again")
        return
    report = check_rows(path, model=order.model, method=ROWS[order.method], name=str(path))
    # How severe repeats and private data are is the spec's word, and its plan has said it.
    yield from (finding for finding in report.findings if finding.severity is Severity.error and _of_form(finding.code))
    if file is order.train and report.ledger is not None:
        yield from _check_amount(order, report.ledger, flavour)


def _check_amount(order: Order, ledger: Ledger, flavour: Flavour) -> Iterator[Diagnostic]:
    rows = order.train.rows
    if rows < flavour.min_rows:
        text = f"{rows} training rows, and {flavour.service} takes {flavour.min_rows} or more"
        yield problem("too-few", text, "add rows")
    epochs = order.settings.epochs if isinstance(order.settings.epochs, int) else 1
    if flavour.most_tokens is not None and ledger.input * epochs > flavour.most_tokens:
        text = f"{ledger.input:,} tokens in {epochs} epochs, and {flavour.service} takes {flavour.most_tokens:,} a job"
        yield problem("too-many-tokens", text, "train on fewer rows or epochs")


def _of_form(code: str) -> bool:
    return code not in CODES or CODES[code].check is None


def problem(rule: str, message: str, help: str | None = None) -> Diagnostic:
    """An error of an order."""
    return Diagnostic(code=f"provider/{rule}", severity=Severity.error, message=message, help=help)
