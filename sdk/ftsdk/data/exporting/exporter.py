"""Rows to one provider's file, streaming, with what was lost and what was left out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ftsdk.data.each import each_row
from ftsdk.data.exporting.bedrock import BEDROCK_CLAUDE, BEDROCK_CONVERSE
from ftsdk.data.exporting.openai import AZURE, OPENAI
from ftsdk.data.exporting.together import TOGETHER
from ftsdk.data.exporting.trl import TRL
from ftsdk.data.exporting.value import Exported, ExportReport, Target, Unsayable
from ftsdk.data.value import AnyRow, Method
from ftsdk.data.written import written_whole
from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.errors import SpecError, UsageError
from ftsdk.spec.places import warning
from ftsdk.spec.suggest import did_you_mean

TARGETS: dict[str, Target] = {
    "openai": OPENAI,
    "azure": AZURE,
    "together": TOGETHER,
    "bedrock-claude": BEDROCK_CLAUDE,
    "bedrock-converse": BEDROCK_CONVERSE,
    "trl": TRL,
}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_FINDINGS = 200


def export_row(row: AnyRow, target: str, method: Method = "sft") -> Exported:
    """One row in ``target``'s form and what of it the form cannot say; pure.

    Raises UsageError for a target or method that there is not, ``ftsdk.data.exporting.value.Unsayable`` for a row
    that the form cannot express.
    """
    return _exporter(target, method)(row)


def export_file(
    path: Path | str, out: Path | str, target: str, *, method: Method = "sft", name: str | None = None
) -> ExportReport:
    """Write the rows of ``path`` to ``out`` as ``target`` takes them; says what was lost and left out, and why.

    ``out`` is written whole or not at all; the same rows give the same bytes on every machine. Raises SpecError when
    a row of ``path`` has an error (``ft data fix`` may mend it) or no row could be expressed, and UsageError.
    """
    export, form, shown = _exporter(target, method), TARGETS[target], name or str(path)
    if Path(out).resolve() == Path(path).resolve():
        raise UsageError(f"{out} is the file that is read", help="write to another one: the input is never touched")
    losses: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    findings: list[Diagnostic] = []
    hashed, written = hashlib.sha256(), 0
    with written_whole(Path(out)) as file:
        for row in each_row(path, method, name=shown):
            try:
                exported = export(row)
            except Unsayable as reason:
                left_out[str(reason)] += 1
                if len(findings) < MAX_FINDINGS:
                    findings.append(_finding(str(reason), Place(file=shown, line=row.line), form))
                continue
            losses.update(exported.losses)
            line = _line(exported, first=written == 0 and form.encoding == "utf-8-sig")
            hashed.update(line)
            file.write(line)
            written += 1
        if not written:
            message = f"no row of {shown} can be said in the form of {form.shown}; nothing was written"
            raise SpecError(message, findings=tuple(findings), owner="data")
    return ExportReport(
        source=shown,
        target=target,
        method=method,
        rows=written + left_out.total(),
        written=written,
        losses=dict(losses.most_common()),
        left_out=dict(left_out.most_common()),
        cannot=form.cannot,
        findings=tuple(findings),
        path=str(out),
        sha256=hashed.hexdigest(),
    )


def _exporter(target: str, method: Method) -> Callable[[AnyRow], Exported]:
    if target not in TARGETS:
        raise UsageError(f"there is no form {target!r}", help=did_you_mean(target, TARGETS, "forms"))
    form = TARGETS[target]
    if method not in form.exporters:
        known = ", ".join(form.exporters)
        raise UsageError(f"{form.shown} takes no rows of method {method}", help=f"methods: {known}")
    return form.exporters[method]


def _line(exported: Exported, *, first: bool) -> bytes:
    text = json.dumps(exported.row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return BYTE_ORDER_MARK + text if first else text


def _finding(reason: str, place: Place, form: Target) -> Diagnostic:
    message = f"left out: {reason}, which the form of {form.shown} cannot say"
    return warning("data/left-out", message, place, "change the row, or train it elsewhere")
