"""What Slack's tokens, signatures and addresses look like, so that the log leaves them out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TextIO

import ftsdk

# Tokens, signatures, bearer headers, and URLs that are a permission to write.
SECRETS = re.compile(
    r"xox[a-z](?:-|\.)[\w.-]+|xapp-[\w-]+|v0=[0-9a-f]{16,}|(?i:bearer)\s+[\w.~+/-]+=*"
    r"|https?://[^\s\"']*/(?:commands|actions|app|respond|services)/[^\s\"'\\]+"
    r"|(?<=\?ticket=)[\w-]+|\b\d{9,}\.\d+\.[0-9a-f]{16,}\b"
)
NAMES = ("response_url", "trigger_id", "token", "signature", "authorization", "address", "body", "payload")
# Bolt logs whole request bodies at these places when a request is refused or not handled.
TALKATIVE = ("slack_bolt", "slack_sdk", "apscheduler", "aiohttp.access", "asyncio")


def configure(format: str, level: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Set up logging of this process, as `ftsdk.logs` does, without what Slack calls secret."""
    redaction = ftsdk.logs.Redaction(secrets, [SECRETS], NAMES)
    ftsdk.logs.configure(format, level, redaction, stream, quiet=TALKATIVE)
