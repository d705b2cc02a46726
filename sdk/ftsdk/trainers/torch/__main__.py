"""``python -m ftsdk.trainers.torch --config URL``: train with torch, alone or as one process of torchrun."""

from __future__ import annotations

import argparse
import sys


def main(arguments: list[str]) -> int:
    """The exit code, as `ftsdk.trainers.contract` lists them."""
    parser = argparse.ArgumentParser(prog="python -m ftsdk.trainers.torch", description=__doc__)
    parser.add_argument("--config", required=True, help="path or file:// URL of a TrainerConfig as JSON")
    config = parser.parse_args(arguments).config
    from ftsdk.trainers.torch.job import run

    return run(config)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
