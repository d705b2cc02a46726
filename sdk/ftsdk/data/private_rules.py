"""What decides whether a match is private data: checksums, published rules of numbering, and the words around it."""

from __future__ import annotations

import base64
import json
import re
from ipaddress import IPv4Address

Span = tuple[int, int] | None

# Lengths of IBANs by country: the SWIFT IBAN registry, release 99 (December 2024).
IBAN_LENGTHS = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR",
        "27": "BI DJ FR GR IT MC MR SM", "28": "AL AZ BY CY DO GT HU LB NI PL SV", "29": "BR EG PS QA UA",
        "30": "JO KW MU YE", "31": "MT SC", "32": "LC", "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip

# Issuer prefixes and lengths: ISO/IEC 7812 as the card schemes publish them.
CARD = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
)

RESERVED_DOMAIN = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|local)$", re.I)
PUBLISHED_SSN = {"078-05-1120", "219-09-9999", "123-45-6789", "111-11-1111"}
NUMBERING = re.compile(r"(?:version|versions|release|section|chapter|build|firmware|oid|v)\W{0,3}$", re.I)
NETWORK = re.compile(r"(?:\bip|address|from|client|host|login|ssh|forwarded|server|ping|blocked)\W", re.I)
PLACEHOLDER = re.compile(r"x{4,}|\*{3,}|\.{3}|your|example|placeholder|changeme|<|\$\{|\{\{|redacted", re.I)
CODE = re.compile(r"[(\[{<`]|environ|getenv|^[$%*{<]|^os\.|=$")


def is_token(match: re.Match[str]) -> Span:
    """A key with a fixed prefix; not a placeholder of its shape."""
    text = match.group()
    if text.endswith("EXAMPLE") or len(set(text[4:])) < 8 or re.search(r"(.)\1{7}", text):
        return None
    return match.span()


def is_jwt(match: re.Match[str]) -> Span:
    """Three parts of which the first says how the last was signed (RFC 7515)."""
    head = match.group().split(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except ValueError:
        return None
    return match.span() if isinstance(header, dict) and "alg" in header else None


def is_url_credential(match: re.Match[str]) -> Span:
    """A user and password before a host; not a variable in their place."""
    secret = match.group().split("://", 1)[1].rsplit("@", 1)[0].split(":", 1)[1]
    if (
        PLACEHOLDER.search(secret)
        or secret.startswith(("$", "{", "%"))
        or secret.lower() in ("password", "pass", "pwd")
    ):
        return None
    return match.span()


def is_card(match: re.Match[str]) -> Span:
    """A number of a card scheme whose last digit checks (Luhn, ISO/IEC 7812-1 annex B)."""
    text = match.group()
    digits = re.sub(r"\D", "", text)
    if len(set(re.findall(r"[ -]", text))) > 1 or not CARD.fullmatch(digits) or len(set(digits)) < 3:
        return None
    total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return match.span() if total % 10 == 0 else None


def is_iban(match: re.Match[str]) -> Span:
    """A country's account number whose check digits are right (ISO 13616, mod 97)."""
    text = match.group()
    length = IBAN_LENGTHS.get(text[:2])
    if length is None:
        return None
    places = [place for place, character in enumerate(text) if character != " "]
    if len(places) < length:
        return None
    end = places[length - 1] + 1
    if end < len(text) and text[end] != " ":
        return None
    plain = text[:end].replace(" ", "")
    value = int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4]))
    return (match.start(), match.start() + end) if value % 97 == 1 else None


def is_email(match: re.Match[str]) -> Span:
    """An address that a person may read; not a repository's, a URL's user, or one under a reserved domain."""
    user, _, domain = match.group().rpartition("@")
    before = match.string[max(0, match.start() - 80) : match.start()]
    after = match.string[match.end() : match.end() + 1]
    if RESERVED_DOMAIN.search(domain) or user == "git" or (after == ":" and "/" in match.string[match.end() :][:60]):
        return None
    if re.search(r"://[^\s/]*$", before):
        return None
    return match.start() + len(user) - len(user.lstrip(".'%-")), match.end()


def is_ssn(match: re.Match[str]) -> Span:
    """A number that the US administration gives out: no 000, 666 or 9xx, no 00, no 0000, none that is published."""
    area, group, serial = match.group().split("-")
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000" or match.group() in PUBLISHED_SSN:
        return None
    return match.span()


def is_public_address(match: re.Match[str]) -> Span:
    """An IPv4 address that the whole network routes; not a version or a section."""
    parts = match.group().split(".")
    if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in parts):
        return None
    before = match.string[max(0, match.start() - 30) : match.start()]
    if not IPv4Address(match.group()).is_global or NUMBERING.search(before):
        return None
    if all(int(part) < 32 for part in parts) and not NETWORK.search(before):
        return None
    return match.span()


def is_phone(match: re.Match[str]) -> Span:
    """As many digits as telephone numbers have (ITU-T E.164: at most 15), and not all the same."""
    digits = re.sub(r"\D", "", match.group())
    return match.span() if 8 <= len(digits) <= 15 and len(set(digits)) > 2 else None


def is_password(match: re.Match[str]) -> Span:
    """A word of letters with digits or signs after the word password; not prose, code or a placeholder."""
    value = re.split(r"[\"';,]", match.group("value"))[0].rstrip(".)")
    if len(value) < 6 or PLACEHOLDER.search(value) or CODE.search(value):
        return None
    if not re.search(r"[A-Za-z]", value) or not re.search(r"\d", value):
        return None
    start = match.start("value")
    return start, start + len(value)
