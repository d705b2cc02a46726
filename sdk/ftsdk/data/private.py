"""Private data in text: personal numbers and addresses, and credentials, told by pattern, checksum and context.

Every kind has two patterns. The loose one is part of an RE2 set that looks at a raw line once for all kinds; it may
only be too generous. The exact one then runs over the decoded texts of that line, and a rule decides. Values that
are plainly no secret of anybody are left alone: placeholders, reserved domains (RFC 2606) and networks (RFC 1918,
5737), published example keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple

from ftsdk.data.private_rules import (
    is_card,
    is_email,
    is_iban,
    is_jwt,
    is_password,
    is_phone,
    is_public_address,
    is_ssn,
    is_token,
    is_url_credential,
)  # fmt: skip

Sort = Literal["personal", "secret"]


class Kind(NamedTuple):
    """One kind of private data; ``rule`` gets the match and returns the span that counts, or None."""

    name: str
    sort: Sort
    title: str
    loose: str
    exact: re.Pattern[str]
    rule: Callable[[re.Match[str]], tuple[int, int] | None]


class Found(NamedTuple):
    """Private data at ``text[start:end]``."""

    kind: str
    start: int
    end: int


def _token(name: str, title: str, pattern: str) -> Kind:
    return Kind(
        name, "secret", title, pattern, re.compile(rf"(?<![A-Za-z0-9_-])(?:{pattern})(?![A-Za-z0-9_-])"), is_token
    )


# The first kind to claim a span keeps it: what is told surely stands before what is told by shape alone.
KINDS: tuple[Kind, ...] = (
    Kind(
        "private_key",
        "secret",
        "a private key",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
        re.compile(
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n)*(?:[A-Za-z-]+: [^\n]*\s+)*"
            r"[A-Za-z0-9+/=]{40,}[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z ]+-----)?"
        ),
        lambda match: match.span(),
    ),
    Kind(
        "url_credentials",
        "secret",
        "a password in an address",
        r":\\?/\\?/[^\s:/@\"]{1,64}:[^\s/@\"]{3,128}@",
        re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s:/@\"'<>]{1,64}:[^\s/@\"'<>]{3,128}@[A-Za-z0-9.-]+"),
        is_url_credential,
    ),
    Kind(
        "jwt",
        "secret",
        "a signed web token",
        r"eyJ[A-Za-z0-9_-]{8,}\.eyJ",
        re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{16,}"),
        is_jwt,
    ),
    _token("anthropic_key", "an Anthropic key", r"sk-ant-[a-z]+\d{2}-[A-Za-z0-9_-]{80,}"),
    _token("openai_key", "an OpenAI key", r"sk-(?:[a-z]+-)?[A-Za-z0-9_-]{16,}T3BlbkFJ[A-Za-z0-9_-]{16,}"),
    _token("aws_access_key", "an AWS access key", r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    _token("github_token", "a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _token("slack_token", "a Slack token", r"xox[abeoprs]-[0-9A-Za-z]{8,}-[0-9A-Za-z-]{10,}"),
    _token("stripe_key", "a Stripe key", r"[rs]k_live_[A-Za-z0-9]{20,}"),
    _token("google_api_key", "a Google key", r"AIza[A-Za-z0-9_-]{35}"),
    _token("huggingface_token", "a Hugging Face token", r"hf_[A-Za-z0-9]{34}"),
    Kind(
        "iban",
        "personal",
        "a bank account (IBAN)",
        r"[A-Z]{2}\d{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4} ?[A-Z0-9]{3}",
        re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}"),
        is_iban,
    ),
    Kind(
        "card",
        "personal",
        "a card number",
        r"[2-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d|3[47]\d\d[ -]?\d{6}[ -]?\d{5}",
        re.compile(r"(?<![\d.,-])[2-6]\d{3}(?:(?:[ -]?\d{4}){3}|[ -]?\d{6}[ -]?\d{5})(?![\d-])"),
        is_card,
    ),
    Kind(
        "email",
        "personal",
        "an e-mail address",
        r"[A-Za-z0-9]@[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z]{2}",
        # Begun where a word begins: a text is then gone through once.
        re.compile(r"(?<![\w%+'-])[\w.%+'-]*[\w+]@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}(?![\w-])"),
        is_email,
    ),
    Kind(
        "us_ssn",
        "personal",
        "a US social security number",
        r"\d{3}-\d{2}-\d{4}",
        re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
        is_ssn,
    ),
    Kind(
        "ip_address",
        "personal",
        "an IP address",
        r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d",
        re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)"),
        is_public_address,
    ),
    Kind(
        "phone",
        "personal",
        "a telephone number",
        r"\+\d[\d ().-]{6}|\d{3}\)? ?[.-]?\d{3}[ .-]\d{4}|00[1-9]\d{0,2}[ -]\d|0\d{2,4}[ /-]\d{3}",
        re.compile(
            r"(?<![\w.+/-])(?<!\d )(?:"
            r"\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,5}(?:[ .-]?\d{2,8}){1,5}"  # +44 20 7946 0000
            r"|00[1-9]\d{0,2}[ -]\d{2,5}(?:[ -]?\d{2,8}){1,4}"  # 0044 7700 900000
            r"|\([2-9]\d{2}\) ?\d{3}[ .-]\d{4}"  # (415) 555-2671
            r"|[2-9]\d{2}(?P<dot>[.-])[2-9]\d{2}(?P=dot)\d{4}"  # 415-555-2671
            r"|0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5}"  # 020 7946 0000
            r")(?![\w-]|[.,]\d| \d{3})"
        ),
        is_phone,
    ),
    Kind(
        "password",
        "secret",
        "a password",
        r"(?i)(?:passw(?:or[dt]|d)|pwd|passphrase)",
        re.compile(
            r"(?i)(?:passw(?:or[dt]|d)|pwd|passphrase)[\"']?(?:\s*(?:[:=]{1,2}>?|is|ist|lautet)\s*|\s+)[\"']?(?P<value>\S{6,64})"
        ),
        is_password,
    ),
)

# Told by a language model (``people``), never by a pattern.
PERSON = Kind("person", "personal", "the name of a person", r"[^\s\S]", re.compile(r"(?!)"), lambda _match: None)
BY_NAME = {kind.name: kind for kind in (*KINDS, PERSON)}


def find(text: str, kinds: Iterable[Kind] = KINDS) -> list[Found]:
    """All private data in ``text``, by place; spans do not overlap."""
    found: list[Found] = []
    for kind in kinds:
        for match in kind.exact.finditer(text):
            span = kind.rule(match)
            if span is not None and not any(span[0] < other.end and other.start < span[1] for other in found):
                found.append(Found(kind.name, *span))
    return sorted(found, key=lambda item: item.start)


def redacted(text: str) -> str:
    """``text`` with each find replaced by its kind in brackets: ``[email]``."""
    parts, at = [], 0
    for item in find(text):
        parts += [text[at : item.start], f"[{item.kind}]"]
        at = item.end
    return "".join([*parts, text[at:]])


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a decoded row, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key != "role":  # one of four words, or a fault of its own
                yield from texts_of(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts_of(item)
