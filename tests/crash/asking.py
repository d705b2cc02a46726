"""One evaluation of ROWS questions at a service on loopback: `python -m tests.crash.asking ADDRESS JOURNAL`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ftsdk.data.value import Message, Row
from ftsdk.evals import Journal, answer_rows
from ftsdk.evals.value import Arm
from ftsdk.providers.answering import openai_answers
from ftsdk.providers.inference import Params
from ftsdk.spec.connections import OpenAICompatibleConnection

ROWS, AT_ONCE = 300, 8
ARM = Arm(name="base", kind="base", model="gpt-4.1-mini")


async def asked(address: str, path: Path) -> int:
    """How many rows have the answer that belongs to them."""
    said = {"type": "openai_compatible", "base_url": f"{address}/v1", "api_key": {"env": "KEY"}}
    client = openai_answers(OpenAICompatibleConnection.model_validate(said), path.parent)(ARM.model)
    client.concurrency = AT_ONCE
    rows = [
        Row(id=f"r{n}", line=n, messages=(Message(role="user", content=f"q{n}"), Message(role="assistant", content="")))
        for n in range(1, ROWS + 1)
    ]
    with Journal(path) as journal:
        async with client:
            answers = await answer_rows(ARM, rows, client, Params(), journal)
    return sum(answers[f"r{n}"].text == f"q{n}" for n in range(1, ROWS + 1))


if __name__ == "__main__":
    sys.stdout.write(str(asyncio.run(asked(sys.argv[1], Path(sys.argv[2])))))
