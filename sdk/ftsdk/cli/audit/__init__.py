"""`ft audit`: who did what, and whether that record is whole."""

COMMANDS: dict[str, tuple[str, str]] = {
    "verify": ("ftsdk.cli.audit.verify", "check that no entry was changed or taken away"),
    "export": ("ftsdk.cli.audit.export", "print every entry as a line of JSON"),
}
