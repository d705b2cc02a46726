"""Who holds a lease, and how another process knows that it is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from subprocess import PIPE

import pytest

from ftsdk.runs.lease import me, owner_is_dead, this_process

NAME_YOURSELF = "import sys; from ftsdk.runs.lease import me; print(me(), flush=True); sys.stdin.read()"


def test_a_living_process_is_not_dead() -> None:
    assert not owner_is_dead(me())


def test_a_killed_process_is_dead_even_before_its_parent_has_noticed() -> None:
    """A killed child stays in the process table until it is waited for; its lease must not wait with it."""
    with subprocess.Popen([sys.executable, "-c", NAME_YOURSELF], stdin=PIPE, stdout=PIPE, text=True) as child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        assert not owner_is_dead(name)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and still not reaped
        assert owner_is_dead(name)


def test_two_threads_are_two_owners() -> None:
    names: list[str] = []
    thread = threading.Thread(target=lambda: names.append(me()))
    thread.start()
    assert not owner_is_dead(me())
    thread.join()
    assert names[0] != me()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere its lease is waited for")
def test_a_thread_that_has_ended_holds_nothing() -> None:
    """A driver whose last write the store refused leaves its lease; the next in this process need not wait."""
    names: list[str] = []
    ended, stop = threading.Thread(target=lambda: names.append(me())), threading.Event()
    ended.start()
    ended.join()
    said = threading.Barrier(2)

    def live() -> None:
        names.append(me())
        said.wait()
        stop.wait(10)

    lives = threading.Thread(target=live)
    lives.start()
    said.wait()
    assert [owner_is_dead(name) for name in names] == [True, False]
    stop.set()
    lives.join()


def test_a_process_on_another_host_is_never_called_dead() -> None:
    assert not owner_is_dead("elsewhere/boot/1/12345/1")


def test_an_owner_that_is_no_thread_lives_as_long_as_its_process() -> None:
    assert not owner_is_dead(f"{this_process()}/bot1")
