"""Who holds a lease: this process, named so that another on the same host can tell whether it still lives."""

from __future__ import annotations

import os
import socket
import threading
from functools import cache
from pathlib import Path

LEASE_SECONDS = 60.0


def me() -> str:
    """``host/pid/start/thread``: two threads are two owners, and a reused pid is another one."""
    return f"{this_process()}/{threading.get_native_id()}"


def this_process() -> str:
    """``host/pid/start``."""
    return _process(os.getpid())


@cache
def _process(pid: int) -> str:
    return f"{this_host()}/{pid}/{_start_time(pid)}"


def owner_is_dead(owner: str) -> bool:
    """Whether who took a lease is known to be gone: a process of this host, or a thread of this process.

    A last part that is no thread's number (the bot names its instances so) lives as long as its process. False when it
    may live on another host.
    """
    process, _, thread = owner.rpartition("/")
    if process == this_process():
        if not thread.isdigit():
            return False
        tasks = Path("/proc/self/task")  # the kernel's numbers: Python's own are given again to later threads
        return tasks.exists() and not (tasks / thread).exists()
    host, pid, start = process.rsplit("/", 2)
    return host == this_host() and _start_time(int(pid)) != start


@cache
def this_host() -> str:
    """The host's name and, where the kernel tells it, this boot of it: a restart ends every process."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    try:
        return f"{socket.gethostname()}/{boot.read_text().strip()}"
    except OSError:  # not Linux: the host's name alone
        return socket.gethostname()


def _start_time(pid: int) -> str:
    """When a process started, as the kernel tells it; ``gone`` when there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "alive" if _alive(pid) else "gone"
    return "gone" if fields[0] in "ZX" else fields[19]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
