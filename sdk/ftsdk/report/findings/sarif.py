"""Findings as SARIF 2.1.0, the form in which code scanning takes them (OASIS standard, 2020)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.spec.codes import CODES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.error: "error", Severity.warning: "warning", Severity.note: "note"}
# GitHub takes 25,000 results of a run and shows the 5,000 most severe.
MAX_RESULTS = 25_000


def sarif(findings: Sequence[Diagnostic], version: str) -> dict[str, Any]:
    """One SARIF log of one run; files are relative to the root of the repository, ``%SRCROOT%``."""
    ranks = list(LEVELS)
    kept = sorted(findings, key=lambda finding: ranks.index(finding.severity))[:MAX_RESULTS]
    used = sorted({finding.code for finding in kept})
    rules = [{"id": code, "shortDescription": {"text": CODES.get(code, code)}} for code in used]
    driver = {"name": "ft validate", "semanticVersion": version, "rules": rules}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _cut(len(findings) - len(kept))}],
        "results": [_result(finding, used.index(finding.code)) for finding in kept],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _cut(beyond: int) -> list[dict[str, Any]]:
    if beyond <= 0:
        return []
    return [{"level": "warning", "message": {"text": f"{beyond:,} further findings are not in this file"}}]


def _result(finding: Diagnostic, rule: int) -> dict[str, Any]:
    text = finding.message if finding.help is None else f"{finding.message}\n{finding.help}"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": text},
        "partialFingerprints": {"ftsdk/v1": _fingerprint(finding)},
    }
    if finding.place is not None:
        result["locations"] = [_location(finding.place)]
    if finding.related:
        result["relatedLocations"] = [_location(place) for place in finding.related]
    return result


def _location(place: Place) -> dict[str, Any]:
    where: dict[str, Any] = {"artifactLocation": {"uri": quote(place.file), "uriBaseId": "%SRCROOT%"}}
    if place.line is not None:
        region = {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }
        where["region"] = {key: value for key, value in region.items() if value is not None}
    return {"physicalLocation": where}


def _fingerprint(finding: Diagnostic) -> str:
    """Stays the same when lines above the finding come or go."""
    words = (finding.code, finding.place.file if finding.place else "", finding.message)
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]
