"""`ft data`: commands on files of rows; only `where` needs a project."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("ftsdk.cli.data.checking", "say everything that is wrong with rows, and where their tokens go"),
    "export": ("ftsdk.cli.data.exporting", "write rows in a provider's own form, and say what that form cannot"),
    "fix": ("ftsdk.cli.data.fixing", "write a corrected copy, and every change beside it"),
    "import": ("ftsdk.cli.data.importing", "turn tables, foreign rows and request logs into rows"),
    "report": ("ftsdk.cli.data.reporting", "say whether the rows are enough: tokens, repeats, agreement, power"),
    "sample": ("ftsdk.cli.data.sampling", "draw rows to read as a person, beside their findings, and label them"),
    "split": ("ftsdk.cli.data.splitting", "divide rows so that nothing alike straddles, and certify it"),
    "where": ("ftsdk.cli.data.seeing", "name every run, account and model that rows were given to"),
}
