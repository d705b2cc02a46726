"""One evaluation of ROWS questions at a service on loopback: `python -m tests.crash.asking ADDRESS JOURNAL [batch]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ftsdk.data.value import Message, Row
from ftsdk.evals import Journal, answer_rows
from ftsdk.evals.batches import Waits, Wanted, answer_by_batch
from ftsdk.evals.runner import Asking
from ftsdk.evals.value import Arm
from ftsdk.providers.answering import openai_answers
from ftsdk.providers.inference import Answer, Params, batches_of
from ftsdk.spec.connections import OpenAICompatibleConnection, OpenAIConnection

ROWS, AT_ONCE = 300, 8
ARM = Arm(name="base", kind="base", model="gpt-4.1-mini")
ROWS_ASKED = [
    Row(id=f"r{n}", line=n, messages=(Message(role="user", content=f"q{n}"), Message(role="assistant", content="")))
    for n in range(1, ROWS + 1)
]


async def asked(address: str, path: Path) -> int:
    """How many rows have the answer that belongs to them."""
    said = {"type": "openai_compatible", "base_url": f"{address}/v1", "api_key": {"env": "KEY"}}
    client = openai_answers(OpenAICompatibleConnection.model_validate(said), path.parent)(ARM.model)
    client.concurrency = AT_ONCE
    with Journal(path) as journal:
        async with client:
            answers = await answer_rows(ARM, ROWS_ASKED, client, Params(), journal)
    return sum(answers[f"r{n}"].text == f"q{n}" for n in range(1, ROWS + 1))


async def batched(address: str, path: Path) -> int:
    """The same by batch."""
    connection = OpenAIConnection.model_validate({"type": "openai", "api_key": {"env": "KEY"}})
    client = openai_answers(connection, path.parent, f"{address}/v1")(ARM.model)
    answers: dict[int, Answer] = {}
    batches = batches_of(client)
    assert batches is not None
    with Journal(path) as journal:
        async with client:
            wanted = [Wanted(ARM, lambda: ROWS_ASKED, answers.__setitem__)]
            waits = Waits(look=0.05, find=0.05)
            await answer_by_batch(wanted, client, batches, Asking(Params()), journal, waits=waits)
    return sum(answers[place].text == f"q{place + 1}" for place in range(ROWS))


if __name__ == "__main__":
    ask = batched if sys.argv[3:] == ["batch"] else asked
    sys.stdout.write(str(asyncio.run(ask(sys.argv[1], Path(sys.argv[2])))))
