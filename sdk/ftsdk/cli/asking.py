"""One question over HTTP that is answered in JSON: to https or this machine only, and never sent on elsewhere."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ftsdk.errors import ProviderError, UsageError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS = 10.0
LONGEST_BYTES = 1 << 20


class Refused(Exception):
    """An answer that is none; ``code`` is HTTP's."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Straight(HTTPRedirectHandler):
    """urllib would send the token along to wherever it is redirected."""

    def redirect_request(self, *_: Any) -> None:
        return None


def get_json(who: str, address: str, token: str = "") -> dict[str, Any]:
    """What ``who`` answers to a GET of ``address``, with ``token`` as the bearer's.

    Raises Refused with the code of a refusal, UsageError for an address that is not https, ProviderError without a
    usable answer.
    """
    where = urlsplit(address)
    if where.scheme != "https" and where.hostname not in LOOPBACK:
        raise UsageError(f"the address of {who} is not https; the token was not sent", help=f"it was {address[:200]}")
    request = Request(address, headers={"Accept": "application/json"})
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with build_opener(_Straight).open(request, timeout=SECONDS) as response:
            found = json.loads(response.read(LONGEST_BYTES))
    except HTTPError as error:
        error.close()
        raise Refused(error.code) from None
    except (URLError, OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise ProviderError(
            f"{who} gave no usable answer; nothing was done", help="try again, or decide in Slack"
        ) from None
    return found
