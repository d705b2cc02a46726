"""JSON over HTTP for questions by the thousand: one session of aiohttp, refusals and failures in our words.

The makers' packages are for everything that is asked seldom; building their typed requests and answers takes several
times as long as the exchange itself.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from ftsdk.errors import ProviderUnavailable
from ftsdk.providers.allowance import Left, left_of
from ftsdk.providers.faults import Refusal, no_answer, of_body
from ftsdk.providers.remote_inference import REQUEST_SECONDS

if TYPE_CHECKING:
    from aiohttp import ClientSession

KEEP_ALIVE = 4.0  # below the 5 s after which common servers hang up, so that a question seldom meets a closed line


class Refused(Exception):
    """The service answered with a status of 400 or more; ``refusal`` is what it said, ``about`` the parameter."""

    def __init__(self, refusal: Refusal, about: str) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.about = about


class JsonHttp:
    """Posts to one service; use it from one event loop. A proxy of the environment holds."""

    def __init__(self, service: str, base_url: str, headers: Mapping[str, str]) -> None:
        self.service = service
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers) | {"Content-Type": "application/json"}
        self._proxy = proxy_for(self._base_url)
        self._session: ClientSession | None = None

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What the service answers; raises Refused, or ProviderUnavailable when no whole answer came."""
        return (await self.ask(path, body))[0]

    async def ask(self, path: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Left, ...]]:
        """The same of a question, and what is left of the service's limits."""
        content, headers = await self._exchange("POST", path, json.dumps(body).encode())
        return self._object(content), left_of(headers)

    async def get(self, path: str) -> dict[str, Any]:
        """The same of a look."""
        return self._object(await self.read(path))

    async def read(self, path: str) -> bytes:
        """What a file holds."""
        return (await self._exchange("GET", path, None))[0]

    async def send_file(self, path: str, name: str, content: bytes, purpose: str) -> dict[str, Any]:
        """A file as a form."""
        import aiohttp

        form = aiohttp.FormData({"purpose": purpose})
        form.add_field("file", content, filename=name, content_type="application/jsonl")
        return self._object((await self._exchange("POST", path, form()))[0])

    async def _exchange(self, verb: str, path: str, data: Any) -> tuple[bytes, Mapping[str, str]]:
        import aiohttp

        own = {} if data is None or isinstance(data, bytes) else {"Content-Type": data.content_type}
        try:
            sent = self._opened().request(verb, self._base_url + path, data=data, headers=own, proxy=self._proxy)
            async with sent as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            raise no_answer(self.service, "answer", error) from None
        if response.status >= 400:
            raise Refused(*of_body(self.service, response.status, content, response.headers))
        return content, response.headers

    def _object(self, content: bytes) -> dict[str, Any]:
        try:
            said = json.loads(content)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise ProviderUnavailable(
                f"{self.service} answered with something that is no JSON", help="it is asked again"
            )
        return said

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> ClientSession:
        import aiohttp

        if self._session is None:
            # The caller says how many calls are under way; a limit here would only hide it.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE)
            timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=timeout, headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),
            )  # fmt: skip
        return self._session


def proxy_for(address: str) -> str | None:
    """The environment's proxy for an address; looked up once, since aiohttp itself asks a thread at every request."""
    parts = urlsplit(address)
    if parts.hostname is None or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    return getproxies().get(parts.scheme)
