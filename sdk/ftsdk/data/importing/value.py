"""What an import did."""

from __future__ import annotations

from ftsdk.diagnostics import Diagnostic
from ftsdk.values import Value


class ImportReport(Value):
    """What became of a source's records: ``read`` = ``written`` + the sum of ``left_out``.

    ``shapes`` counts the rows written by what they were, ``mapping`` says which column became what (``mapping_given``
    by the user, else suggested by the names), ``left_out`` counts records by the reason, ``not_taken`` counts by key
    what rows had besides, and ``findings`` has the first records left out with their lines.
    """

    source: str
    container: str
    read: int
    written: int
    shapes: dict[str, int]
    mapping: dict[str, str]
    mapping_given: bool
    left_out: dict[str, int]
    not_taken: dict[str, int]
    findings: tuple[Diagnostic, ...]
    path: str | None = None
    sha256: str | None = None
