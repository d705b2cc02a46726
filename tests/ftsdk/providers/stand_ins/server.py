"""A server that keeps the contract in ftsdk.providers.local_inference and says what it was asked, in capitals.

A question that is an order to misbehave is obeyed.
"""

# ruff: noqa: T201 - printing is what a server does

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path


def reply(asked: dict, adapter: str | None) -> dict:
    question = asked["messages"][-1]["content"]
    if question == "die":
        print("there was no more memory for the answer", file=sys.stderr, flush=True)
        os._exit(1)
    if question == "babble":
        print("this is not JSON", flush=True)
    if question == "refuse":
        return {"id": asked["id"], "error": {"owner": "data", "message": "the prompt is too long", "help": "cut it"}}
    if question == "break":
        return {"id": asked["id"], "error": {"owner": "platform", "message": "the maths broke", "help": "ask anew"}}
    text = "x" * 2_000_000 if question == "much" else question.upper()
    return {
        "id": asked["id"], "text": f"{'tuned: ' if adapter else ''}{text}", "prompt_tokens": len(question.split()),
        "completion_tokens": asked["max_tokens"], "finish_reason": "stop", "seconds": 0.0,
    }  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--model")
    options.add_argument("--adapter")
    options.add_argument("--never-ready", action="store_true")
    options.add_argument("--pid-file", type=Path)
    options.add_argument("--pause", type=float, default=0.0)
    options.add_argument("--lingers", action="store_true", help="go on after the input has ended")
    wanted = options.parse_args()
    if wanted.pid_file:
        wanted.pid_file.write_text(str(os.getpid()))
    if wanted.never_ready:
        sys.exit("the model file is cut short")
    print(json.dumps({"ready": True, "model": wanted.model}), flush=True)
    for line in sys.stdin:
        time.sleep(wanted.pause)
        print(json.dumps(reply(json.loads(line), wanted.adapter)), flush=True)
    if wanted.lingers:
        time.sleep(60)


if __name__ == "__main__":
    main()
