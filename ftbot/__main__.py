"""The ``ftbot`` command: says what works today and what is to come."""

from __future__ import annotations

import sys
from importlib.metadata import version

EXIT_USAGE = 64

ABOUT = """\
ftbot, the Slack side of ftsdk: not here yet.

To come, in a later release: advice on whether to fine-tune, run cards, approvals and comparisons in Slack.

What works today, with no Slack and no account:
  ft        the command line: validate, plan, train, compare, promote and call a tuned model
  ftsdk     the same as a Python library

Start with `make demo` in a checkout, or `ft --help` anywhere. README.md and docs/ say the rest.

usage: ftbot [--help | --version]
"""


def main(arguments: list[str] | None = None) -> int:
    """Answer --help and --version with 0; refuse everything else with 64, saying what to use today."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] in ("-h", "--help"):
        print(ABOUT, end="")
        return 0
    if words[0] == "--version":
        print(f"ftbot {version('ftbot')}")
        return 0
    print(
        f"ftbot: {words[0]!r} is not a command: the bot has none before a later release\n"
        "  next: `ft --help` lists what works today",
        file=sys.stderr,
    )
    return EXIT_USAGE


if __name__ == "__main__":
    sys.exit(main())
