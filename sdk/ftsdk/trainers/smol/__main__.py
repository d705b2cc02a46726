"""``python -m ftsdk.trainers.smol --config URL``: train, and leave what happened in files and in the exit code."""

from __future__ import annotations

import argparse
import sys

from ftsdk.trainers.smol.environment import restart_with_environment


def main(arguments: list[str]) -> int:
    """The exit code, as `ftsdk.trainers.contract` lists them."""
    parser = argparse.ArgumentParser(prog="python -m ftsdk.trainers.smol", description=__doc__)
    parser.add_argument("--config", required=True, help="path or file:// URL of a TrainerConfig as JSON")
    config = parser.parse_args(arguments).config
    restart_with_environment("ftsdk.trainers.smol", arguments)
    from ftsdk.trainers.smol.job import run_job

    return run_job(config)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
