"""Logs as JSON lines (or text), with everything that looks like a secret taken out, wherever it comes from."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO

import structlog

HIDDEN = "[redacted]"
# Tokens, signatures, bearer headers, and URLs that are a permission to write.
SECRETS = re.compile(
    r"xox[a-z](?:-|\.)[\w.-]+|xapp-[\w-]+|v0=[0-9a-f]{16,}|(?i:bearer)\s+[\w.~+/-]+=*"
    r"|https?://[^\s\"']*/(?:commands|actions|app|respond|services)/[^\s\"'\\]+"
    r"|(?<=\?ticket=)[\w-]+|\b\d{9,}\.\d+\.[0-9a-f]{16,}\b"
)
KEYS = frozenset({"response_url", "trigger_id", "token", "signature", "authorization", "address", "body", "payload"})
# Bolt logs whole request bodies at these places when a request is refused or not handled.
TALKATIVE = ("slack_bolt", "slack_sdk", "apscheduler", "aiohttp.access", "asyncio")

Record = MutableMapping[str, Any]


class Redaction:
    """A processor that takes secrets out of whatever is logged."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted((re.escape(secret) for secret in secrets if len(secret) >= 4), key=len, reverse=True)
        self._known = re.compile("|".join(known)) if known else None

    def __call__(self, _logger: Any, _method: str, record: Record) -> Record:
        return {key: HIDDEN if key.casefold() in KEYS else self.clean(value) for key, value in record.items()}

    def clean(self, value: Any) -> Any:
        """The value with its secrets hidden; everything but numbers and flags comes back as text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        text = SECRETS.sub(HIDDEN, str(value))
        return self._known.sub(HIDDEN, text) if self._known else text


def configure(format: str, level: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Set up logging of this process: structlog, and everything that libraries log, through one redaction."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = structlog.processors.JSONRenderer() if format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                Redaction(secrets),
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
