"""Files into and out of Slack: uploaded into a thread in three steps, read from where Slack keeps them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

import ftsdk

MOST_BYTES = 20 * 1024 * 1024
TRUSTED = "slack.com"


async def post_files(
    client: AsyncWebClient, session: aiohttp.ClientSession, body: dict[str, Any], channel: str, thread: str
) -> None:
    """Post ``body``'s files (name, text) with its text as one message of a thread."""
    done = []
    for file in body["files"]:
        content = file["text"].encode()
        got = await client.files_getUploadURLExternal(filename=file["name"].rpartition("/")[2], length=len(content))
        async with session.post(got["upload_url"], data=content) as response:
            response.raise_for_status()
        done.append({"id": got["file_id"], "title": file["name"]})
    await client.files_completeUploadExternal(
        files=done, channel_id=channel, thread_ts=thread, initial_comment=body["text"]
    )


async def read_file(client: AsyncWebClient, session: aiohttp.ClientSession, id: str, home: str) -> tuple[str, bytes]:
    """Name and content of a file that somebody gave to the bot; the token goes to Slack (``home``) and nobody else.

    Raises UsageError for one that is too large or kept elsewhere.
    """
    file: dict[str, Any] = (await client.files_info(file=id))["file"]
    name, url = str(file.get("name") or "file"), str(file.get("url_private_download") or "")
    if int(file.get("size") or 0) > MOST_BYTES:
        raise ftsdk.errors.UsageError(
            f"{name[:60]!r} is larger than 20 MB; it was not read.", help="send a sample of it"
        )
    if not _is_slacks(url, home):
        raise ftsdk.errors.UsageError(
            f"{name[:60]!r} is not kept by Slack; it was not read.", help="upload the file itself, not a link to it"
        )
    headers = {"Authorization": f"Bearer {client.token}"}
    async with session.get(url, headers=headers, allow_redirects=False) as response:
        response.raise_for_status()
        content = await response.content.read(MOST_BYTES + 1)
        while not response.content.at_eof() and len(content) <= MOST_BYTES:
            content += await response.content.read(MOST_BYTES + 1 - len(content))
    if len(content) > MOST_BYTES:
        raise ftsdk.errors.UsageError(
            f"{name[:60]!r} is larger than 20 MB; it was not read.", help="send a sample of it"
        )
    return name, content


def _is_slacks(url: str, home: str) -> bool:
    """Whether an address is Slack's own; ``home`` is where its API is."""
    there, ours = urlsplit(url), urlsplit(home)
    host = there.hostname or ""
    return (there.scheme, there.netloc) == (ours.scheme, ours.netloc) or (
        there.scheme == "https" and (host == TRUSTED or host.endswith(f".{TRUSTED}"))
    )
