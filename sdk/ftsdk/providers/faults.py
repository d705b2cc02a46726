"""What a hosted service's refusal means: whose it is, whether asking again is safe, and what to do next."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from ftsdk.errors import ModelMissing, Owner, ProviderError, ProviderUnavailable
from ftsdk.logs import KEYS

SAID_AT_MOST = 300
LATER = frozenset({408, 409, 425, 429})  # with every 5xx: the service may say otherwise in a moment


class Refusal(NamedTuple):
    """A status with what the service said: its ``code``, its sentence, and how long it asks to wait."""

    service: str
    status: int
    code: str
    message: str
    retry_after: float | None = None


class _Meaning(NamedTuple):
    owner: Owner
    help: str


# A code says more than a status.
_CODES: dict[str, _Meaning] = {
    "training_not_available": _Meaning(
        "configuration", "this organisation may train nothing here any more; name a connection that trains in the spec"
    ),
    "insufficient_quota": _Meaning("quota", "add credit to the account, or raise its limit, then resume"),
    "billing_hard_limit_reached": _Meaning("budget", "raise the account's own limit, then resume"),
    "exceeded_quota": _Meaning("quota", "delete files or models that are no longer needed, or ask for more"),
    "billing_not_active": _Meaning("budget", "activate billing for the account, then resume"),
    "invalid_api_key": _Meaning("configuration", "check the key that the connection names"),
    "context_length_exceeded": _Meaning("data", "shorten the prompt, or lower max_tokens"),
    "content_filter": _Meaning("data", "the service's filter stopped the text; change it"),
}
_STATUSES: dict[int, _Meaning] = {
    400: _Meaning("configuration", "change what the sentence names"),
    401: _Meaning("configuration", "check the key that the connection names"),
    402: _Meaning("budget", "add credit to the account, then resume"),
    403: _Meaning("configuration", "ask the account's owner for the permission, or use another connection"),
    404: _Meaning("configuration", "check the model's name and the connection"),
    413: _Meaning("data", "send less at once"),
    422: _Meaning("configuration", "change what the sentence names"),
    429: _Meaning("quota", "it is asked again later"),
}
_OTHERWISE = _Meaning("platform", "look at the service's status page and try again")


def fault(refusal: Refusal, doing: str) -> ProviderError:
    """The error for a refusal met while ``doing`` something; `ProviderUnavailable` where asking again may help."""
    meaning = _CODES.get(refusal.code) or _STATUSES.get(refusal.status) or _OTHERWISE
    said = redacted(refusal.message)
    message = f"{refusal.service} refused to {doing} ({refusal.status}{_code(refusal.code)}): {said}"
    if passes(refusal):
        return ProviderUnavailable(
            message, help="it is asked again", owner=meaning.owner, retry_after=refusal.retry_after
        )
    if refusal.status == 404 and "model" in f"{refusal.code} {said}".lower():
        return ModelMissing(message, help=meaning.help)
    return ProviderError(message, help=meaning.help, owner=meaning.owner)


def passes(refusal: Refusal) -> bool:
    """Whether the same request may be answered a little later; money that ran out does not come back by asking."""
    if refusal.code in _CODES:
        return False
    return refusal.status in LATER or refusal.status >= 500


def no_answer(service: str, doing: str, reason: Exception) -> ProviderUnavailable:
    """The error for a request whose answer never came; whether it was carried out is unknown."""
    why = redacted(str(reason.__cause__ or reason)) or type(reason).__name__
    return ProviderUnavailable(f"{service} did not answer when asked to {doing}: {why}", help="it is asked again")


def of_status_error(service: str, error: Any) -> Refusal:
    """The refusal in an ``APIStatusError`` of the openai and anthropic packages, which share its shape."""
    inner = _inner(error.body)
    code = str(getattr(error, "code", None) or inner.get("code") or inner.get("type") or "")
    message = str(inner.get("message") or error.message)
    return Refusal(service, error.status_code, code, message, seconds_to_wait(error.response.headers))


def of_body(service: str, status: int, content: bytes, headers: Any) -> tuple[Refusal, str]:
    """The refusal in an answer as it came, and the parameter that it is about ("" when it names none)."""
    text = content[:SAID_AT_MOST].decode(errors="replace")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    inner = _inner(body)
    code = str(inner.get("code") or inner.get("type") or "")
    message = str(inner.get("message") or text or f"status {status}")
    return Refusal(service, status, code, message, seconds_to_wait(headers)), str(inner.get("param") or "")


def _inner(body: Any) -> dict[str, Any]:
    """The innermost object that tells of an error."""
    outer: dict[str, Any] = body if isinstance(body, dict) else {}
    nested = outer.get("error")
    return nested if isinstance(nested, dict) else outer


def seconds_to_wait(headers: Any) -> float | None:
    """What Retry-After asks for, in seconds; it comes as milliseconds, seconds or a date."""
    if (millis := headers.get("retry-after-ms")) is not None:
        return _number(millis, 1000.0)
    after = headers.get("retry-after")
    if after is None:
        return None
    if (seconds := _number(after, 1.0)) is not None:
        return seconds
    try:
        when, now = parsedate_to_datetime(after), parsedate_to_datetime(headers["date"])
    except (ValueError, TypeError, KeyError):
        return None
    return max(0.0, (when - now).total_seconds())


def redacted(text: str) -> str:
    """A service's words on one line, keys taken out, not longer than people read."""
    return KEYS.sub("***", " ".join(text.split()))[:SAID_AT_MOST]


def _number(text: str, scale: float) -> float | None:
    try:
        return max(0.0, float(text) / scale)
    except ValueError:
        return None


def _code(code: str) -> str:
    return f", {code}" if code else ""
