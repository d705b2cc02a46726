"""`ft pr`: a plan on its pull request, and approvals from there."""

COMMANDS: dict[str, tuple[str, str]] = {
    "comment": ("ftsdk.cli.pr.comment", "keep one comment with the plan up to date"),
    "approve": ("ftsdk.cli.pr.approve", "take `/ft approve` or an approving review from GitHub's event"),
    "apply": ("ftsdk.cli.pr.apply", "apply what a merge changed, where the Action is the applier"),
}
