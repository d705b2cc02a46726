"""Data: files and rows -> datasets that hold, findings, a token ledger and a leak certificate.

The row model is ``value`` (Row sft, PreferenceRow dpo, GradedRow rft; Message writes itself as canonical JSON), its
rules are ``rows.parse_row(mapping, line, method)``, its writing ``rows.row_json(row)``; ``forms.form_of(keys)`` tells
foreign formats. Findings: ``codes.CODES`` is the table of codes with severities; ``codes.severity_of`` applies a
spec's ``checks``. Tokens: ``tokens.row_tokens(row, counter, limit)``, ``token_ledger.ledger(rows, counter, limit)``,
with ``tokens.OpenAICounter("o200k_base")`` (offline, ``encodings``) or a provider's count. Near-duplicates:
``near.near_pairs(token_ids_of_each_text)`` gives verified pairs, across a ``boundary`` for train against test.

Names load when they are first used: most need no numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.lazy import lazily

if TYPE_CHECKING:
    from ftsdk.data.card import Agreement, DataCard, data_card
    from ftsdk.data.checks import check
    from ftsdk.data.export import as_chats, training_file, with_system
    from ftsdk.data.exporting.exporter import export_file, export_row
    from ftsdk.data.exporting.value import Exported, ExportReport
    from ftsdk.data.fix import FixReport, fix_file
    from ftsdk.data.importing.columns import parse_mapping
    from ftsdk.data.importing.importer import import_file
    from ftsdk.data.importing.value import ImportReport
    from ftsdk.data.leaks import leak_certificate, leaked_rows
    from ftsdk.data.near import NearPair, near_pairs
    from ftsdk.data.private import redacted
    from ftsdk.data.read import load
    from ftsdk.data.rows import parse_row, row_json
    from ftsdk.data.sample import RowSample, sample_file
    from ftsdk.data.split import Rule, Shares, divide
    from ftsdk.data.splitting import SplitReport, certify_files, split_file
    from ftsdk.data.token_ledger import ledger
    from ftsdk.data.tokens import OpenAICounter, TokenCounter, row_tokens
    from ftsdk.data.value import (
        AnyRow,
        DataReport,
        Dataset,
        GradedRow,
        Leak,
        LeakCertificate,
        Ledger,
        Message,
        Overlap,
        PreferenceRow,
        Row,
        ToolCall,
    )  # fmt: skip

_HOMES = {
    "Agreement": "card",
    "AnyRow": "value",
    "DataCard": "card",
    "DataReport": "value",
    "Dataset": "value",
    "ExportReport": "exporting.value",
    "Exported": "exporting.value",
    "FixReport": "fix",
    "GradedRow": "value",
    "ImportReport": "importing.value",
    "Leak": "value",
    "LeakCertificate": "value",
    "Ledger": "value",
    "Message": "value",
    "NearPair": "near",
    "OpenAICounter": "tokens",
    "Overlap": "value",
    "PreferenceRow": "value",
    "Row": "value",
    "RowSample": "sample",
    "Rule": "split",
    "Shares": "split",
    "SplitReport": "splitting",
    "TokenCounter": "tokens",
    "ToolCall": "value",
    "as_chats": "export",
    "certify_files": "splitting",
    "check": "checks",
    "data_card": "card",
    "divide": "split",
    "export_file": "exporting.exporter",
    "export_row": "exporting.exporter",
    "fix_file": "fix",
    "import_file": "importing.importer",
    "leak_certificate": "leaks",
    "leaked_rows": "leaks",
    "ledger": "token_ledger",
    "load": "read",
    "near_pairs": "near",
    "parse_mapping": "importing.columns",
    "parse_row": "rows",
    "redacted": "private",
    "row_json": "rows",
    "row_tokens": "tokens",
    "sample_file": "sample",
    "split_file": "splitting",
    "training_file": "export",
    "with_system": "export",
}

__all__ = [
    "Agreement",
    "AnyRow",
    "DataCard",
    "DataReport",
    "Dataset",
    "ExportReport",
    "Exported",
    "FixReport",
    "GradedRow",
    "ImportReport",
    "Leak",
    "LeakCertificate",
    "Ledger",
    "Message",
    "NearPair",
    "OpenAICounter",
    "Overlap",
    "PreferenceRow",
    "Row",
    "RowSample",
    "Rule",
    "Shares",
    "SplitReport",
    "TokenCounter",
    "ToolCall",
    "as_chats",
    "certify_files",
    "check",
    "data_card",
    "divide",
    "export_file",
    "export_row",
    "fix_file",
    "import_file",
    "leak_certificate",
    "leaked_rows",
    "ledger",
    "load",
    "near_pairs",
    "parse_mapping",
    "parse_row",
    "redacted",
    "row_json",
    "row_tokens",
    "sample_file",
    "split_file",
    "training_file",
    "with_system",
]

__getattr__ = lazily(__name__, _HOMES)
