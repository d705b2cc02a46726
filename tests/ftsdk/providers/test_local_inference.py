"""One process answers many questions at once, and its death is a sentence, not a hang."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ftsdk.data.value import Message
from ftsdk.errors import ProviderError
from ftsdk.providers.inference import Answer, Params
from ftsdk.providers.local_inference import LocalInference

STAND_IN = str(Path(__file__).parent / "stand_ins" / "server.py")
PARAMS = Params(max_tokens=7)


def client(tmp_path: Path, *options: str) -> LocalInference:
    command = [sys.executable, STAND_IN, *options, "--model", "model.gguf"]
    return LocalInference("tiny", command, dict(os.environ), tmp_path / "logs" / "tiny.log")


async def ask(one: LocalInference, question: str) -> Answer:
    return await one.complete("tiny", (Message(role="user", content=question),), PARAMS)


def test_many_questions_at_once_get_each_its_own_answer(tmp_path: Path):
    async def go() -> list[Answer]:
        async with client(tmp_path) as one:
            return await asyncio.gather(*(ask(one, f"question {n}") for n in range(200)))

    answers = asyncio.run(go())
    assert [answer.text for answer in answers] == [f"QUESTION {n}" for n in range(200)]
    assert answers[0].usage.prompt_tokens == 2
    assert answers[0].usage.completion_tokens == 7
    assert all(answer.latency > 0 for answer in answers)


def test_a_client_that_was_closed_leaves_no_process_and_no_log(tmp_path: Path):
    async def go() -> None:
        async with client(tmp_path, "--pid-file", str(tmp_path / "pid")) as one:
            await ask(one, "hello")
        with pytest.raises(ProviderError, match="was closed"):
            await ask(one, "hello again")

    asyncio.run(go())
    assert not alive(int((tmp_path / "pid").read_text()))
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_client_that_was_never_asked_starts_nothing(tmp_path: Path):
    asyncio.run(client(tmp_path).aclose())
    assert not (tmp_path / "logs").exists()


def test_a_process_that_will_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ftsdk.providers.local_inference.GRACE_SECONDS", 0.2)

    async def go() -> None:
        async with client(tmp_path, "--lingers", "--pid-file", str(tmp_path / "pid")) as one:
            await ask(one, "hello")

    asyncio.run(go())
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_death_fails_every_waiting_question_with_the_last_words_and_the_next_one_starts_anew(tmp_path: Path):
    async def go() -> Answer:
        async with client(tmp_path) as one:
            asked = [ask(one, "die"), *(ask(one, f"question {n}") for n in range(5))]
            failed = await asyncio.gather(*asked, return_exceptions=True)
            assert all(isinstance(failure, ProviderError) for failure in failed)
            assert "it last said: there was no more memory for the answer" in str(failed[0])
            return await ask(one, "and now?")

    assert asyncio.run(go()).text == "AND NOW?"


def test_a_process_killed_from_outside_is_started_anew(tmp_path: Path):
    async def go() -> Answer:
        async with client(tmp_path, "--pid-file", str(tmp_path / "pid")) as one:
            for _ in range(4):  # more deaths than in a row are allowed, each with an answer in between
                await ask(one, "hello")
                pid = int((tmp_path / "pid").read_text())
                asked = asyncio.ensure_future(ask(one, "are you there?"))
                os.kill(pid, signal.SIGKILL)
                await asyncio.gather(asked, return_exceptions=True)
                while alive(pid):
                    await asyncio.sleep(0.005)
                await asyncio.sleep(0.05)
            return await ask(one, "hello")

    assert asyncio.run(go()).text == "HELLO"


def test_a_process_that_dies_twice_in_a_row_is_not_started_a_third_time(tmp_path: Path):
    async def go() -> list[str]:
        async with client(tmp_path, "--never-ready", "--pid-file", str(tmp_path / "pid")) as one:
            said, pids = [], []
            for _ in range(3):
                with pytest.raises(ProviderError) as failure:
                    await ask(one, "hello")
                said.append(str(failure.value))
                pids.append((tmp_path / "pid").read_text())
            assert pids[1] == pids[2]
            return said

    assert all("it last said: the model file is cut short" in text for text in asyncio.run(go()))


def test_an_answer_of_two_megabytes_arrives(tmp_path: Path):
    async def go() -> Answer:
        async with client(tmp_path) as one:
            return await ask(one, "much")

    assert len(asyncio.run(go()).text) == 2_000_000


def test_output_that_is_not_the_protocol_is_an_error_not_a_hang(tmp_path: Path):
    async def go() -> None:
        async with client(tmp_path) as one:
            with pytest.raises(ProviderError, match="not a line of JSON"):
                await ask(one, "babble")

    asyncio.run(go())


def test_an_error_of_the_question_is_an_answer_and_one_of_the_engine_is_raised(tmp_path: Path):
    async def go() -> Answer:
        async with client(tmp_path) as one:
            with pytest.raises(ProviderError, match="the maths broke") as failure:
                await ask(one, "break")
            assert failure.value.help == "ask anew"
            return await ask(one, "refuse")

    refused = asyncio.run(go())
    assert (refused.finish_reason, refused.text, refused.error) == ("error", "", "the prompt is too long")


def test_a_temperature_is_refused_because_decoding_is_greedy(tmp_path: Path):
    async def go() -> None:
        async with client(tmp_path) as one:
            await one.complete("tiny", (), Params(temperature=0.7))

    with pytest.raises(ProviderError, match=r"temperature 0\.7 is not served"):
        asyncio.run(go())


def test_another_model_than_the_clients_is_refused(tmp_path: Path):
    with pytest.raises(ProviderError, match="answers as 'tiny', not as 'huge'"):
        asyncio.run(client(tmp_path).complete("huge", (), PARAMS))


def test_a_question_given_up_does_not_disturb_the_others(tmp_path: Path):
    async def go() -> Answer:
        async with client(tmp_path, "--pause", "0.02") as one:
            given_up = asyncio.ensure_future(ask(one, "first"))
            kept = asyncio.ensure_future(ask(one, "second"))
            await asyncio.sleep(0)
            given_up.cancel()
            return await kept

    assert asyncio.run(go()).text == "SECOND"


def test_the_process_ends_when_the_one_that_asked_is_killed(tmp_path: Path):
    script = tmp_path / "asker.py"
    script.write_text(
        "import asyncio, os, signal, sys\nfrom pathlib import Path\n"
        "from ftsdk.data.value import Message\nfrom ftsdk.providers.inference import Params\n"
        "from ftsdk.providers.local_inference import LocalInference\n"
        "async def go():\n"
        "    one = LocalInference('tiny', sys.argv[2:], dict(os.environ), Path(sys.argv[1]))\n"
        "    await one.complete('tiny', (Message(role='user', content='hello'),), Params())\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(go())\n"
    )
    pid_file = tmp_path / "pid"
    command = [sys.executable, str(script), str(tmp_path / "tiny.log"), sys.executable, STAND_IN]
    subprocess.run([*command, "--pid-file", str(pid_file), "--model", "m"], check=False)
    deadline = time.monotonic() + 60
    while alive(int(pid_file.read_text())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(int(pid_file.read_text())), "the server outlives the one that asked it"


def alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
