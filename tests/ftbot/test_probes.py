"""A probe costs money: agreed to twice or seen by many replicas, it is carried out once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftbot.probes import Job, Probes
from ftbot.store.database import Store
from ftsdk.workspace import Workspace

pytestmark = pytest.mark.anyio
JOB = Job("draft", "a-spec", "slack:T0TEAM/U0ANA")


@pytest.fixture
def stores(project: Workspace, database_url: str) -> Iterator[list[Store]]:
    found = [Store(database_url, Path(project.root)) for _replica in range(4)]
    yield found
    for store in found:
        store.close()


async def test_a_probe_that_is_agreed_to_by_many_clicks_is_carried_out_by_one_replica(stores: list[Store]) -> None:
    done: list[Job] = []

    async def carry_out(job: Job) -> None:
        done.append(job)
        await asyncio.sleep(0.05)

    replicas = [Probes(store, carry_out) for store in stores]
    await asyncio.gather(*(replica.add(JOB) for replica in replicas))
    await asyncio.gather(*(replica.work() for replica in replicas))
    assert done == [JOB]


async def test_long_names_that_begin_alike_are_two_probes(stores: list[Store]) -> None:
    done: list[Job] = []

    async def carry_out(job: Job) -> None:
        done.append(job)

    probes = Probes(stores[0], carry_out)
    jobs = [JOB._replace(spec="s" * 60 + end) for end in "ab"]
    for job in jobs:
        await probes.add(job)
    await probes.work()
    assert sorted(done) == jobs
