"""Who speaks OpenAI's wire protocol, and where each differs from OpenAI: one row a flavour."""

from __future__ import annotations

from datetime import date
from typing import Literal

from ftsdk.values import Value

MB = 1 << 20


class Flavour(Value):
    """One service's own rules.

    ``finds_by`` says how a job is found by its operation key: ``metadata`` where jobs carry it and lists filter by it,
    ``file`` where nothing is promised: each operation then has a training file of its own, whose name carries the key.
    ``direct_bytes`` is the largest file that one request takes; larger ones are uploaded in parts, up to
    ``most_bytes``. ``probes`` says whether asking for a job without a file tells, before rows are sent, that training
    is over for the account. ``deploys`` says whether a tuned model needs a paid deployment to answer.
    """

    type: Literal["openai", "azure", "openai_compatible"]
    service: str
    finds_by: Literal["metadata", "file"]
    suffix_length: int
    min_rows: int
    direct_bytes: int
    most_bytes: int
    most_tokens: int | None = None
    byte_order_mark: bool = False
    probes: bool = False
    deploys: bool = False
    source: str
    as_of: date


_AS_OF = date(2026, 11, 22)

FLAVOURS: dict[str, Flavour] = {
    "openai": Flavour(
        type="openai",
        service="OpenAI",
        finds_by="metadata",
        suffix_length=64,
        min_rows=10,
        direct_bytes=512 * MB,
        most_bytes=8192 * MB,
        probes=True,
        source="openai 3.54.0; OpenAI's OpenAPI document; reports of training_not_available of 2026",
        as_of=_AS_OF,
    ),
    "azure": Flavour(
        type="azure",
        service="Azure OpenAI",
        finds_by="file",  # whether it keeps metadata of jobs is written nowhere
        suffix_length=18,
        min_rows=10,
        direct_bytes=150 * MB,  # larger ones fail there without a word
        most_bytes=512 * MB,
        most_tokens=2_000_000_000,
        byte_order_mark=True,
        deploys=True,
        source="Microsoft Foundry fine-tuning pages of 2026-02-17 to 2026-03-19",
        as_of=_AS_OF,
    ),
    "openai_compatible": Flavour(
        type="openai_compatible",
        service="the service",
        finds_by="file",
        suffix_length=40,
        min_rows=1,
        direct_bytes=512 * MB,
        most_bytes=512 * MB,
        source="what OpenAI's protocol itself says; a service may be stricter and then refuses",
        as_of=_AS_OF,
    ),
}
