"""Data: files and rows -> datasets that hold, findings, a token ledger and a leak certificate."""

from ftsdk.data.checks import check
from ftsdk.data.export import training_file, with_system
from ftsdk.data.leaks import leak_certificate, leaked_rows
from ftsdk.data.read import load
from ftsdk.data.tokens import ledger
from ftsdk.data.value import DataReport, Dataset, LeakCertificate, Ledger, Message, Row

__all__ = [
    "DataReport",
    "Dataset",
    "LeakCertificate",
    "Ledger",
    "Message",
    "Row",
    "check",
    "leak_certificate",
    "leaked_rows",
    "ledger",
    "load",
    "training_file",
    "with_system",
]
