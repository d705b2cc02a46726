"""Logs as JSON lines (or text), with everything that looks like a secret taken out, wherever it comes from."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO

HIDDEN = "[redacted]"
# Keys as their makers write them, whole or half hidden; bearer headers, tokens of identity, passwords in addresses.
KEYS = re.compile(
    r"\b(?:sk|rk|pk|tgp|xox[a-z]|ghp|AKIA|ABSK)[-_*][\w*.-]{4,}|Bearer\s+\S+"
    r"|\b(?:gh[ours]|github_pat|hf)_\w{16,}|\bAKIA[0-9A-Z]{12,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=://)[^\s:/@]+:[^\s/@]+(?=@)",
    re.IGNORECASE,
)

Record = MutableMapping[str, Any]


class Redaction:
    """A processor that takes secrets out of whatever is logged.

    Hidden are ``secrets`` wherever they stand, what looks like a key or like one of ``patterns``, and whatever is
    logged under one of ``names`` (lower case).
    """

    def __init__(
        self, secrets: Iterable[str], patterns: Iterable[re.Pattern[str]] = (), names: Iterable[str] = ()
    ) -> None:
        known = sorted((re.escape(secret) for secret in secrets if len(secret) >= 4), key=len, reverse=True)
        self._patterns = (*patterns, KEYS, *([re.compile("|".join(known))] if known else []))
        self._names = frozenset(names)

    def __call__(self, _logger: Any, _method: str, record: Record) -> Record:
        return {key: HIDDEN if key.casefold() in self._names else self.clean(value) for key, value in record.items()}

    def clean(self, value: Any) -> Any:
        """The value with its secrets hidden; everything but numbers and flags comes back as text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        text = str(value)
        for pattern in self._patterns:
            text = pattern.sub(HIDDEN, text)
        return text


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is by then: one that was replaced may be closed."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def configure(
    format: str, level: str, redaction: Redaction, stream: TextIO | None = None, *, quiet: Iterable[str] = ()
) -> None:
    """Set up logging of this process: structlog, and everything that libraries log, through one redaction.

    ``format`` is json or text; of the loggers ``quiet`` only warnings are kept.
    """
    import structlog

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = structlog.processors.JSONRenderer() if format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    handler = _Stderr() if stream is None else logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redaction,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
