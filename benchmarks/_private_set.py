# ruff: noqa: E501  (a sentence a line)
"""A labelled set for private data: 18 kinds in hand-written sentences, and more than 1,000 sentences that look like it.

Written and committed before the detectors of ``ftsdk.data.private``. It is made by a seeded script instead of lying
here as text, because files with tokens in them are refused by code hosts, and because every token in it is made up.
``open_half`` is for building; ``sealed_half`` has other values, and other sentences around them, and is looked at once,
when building is over; the shapes of the hard negatives are the same in both.
What is labelled: what a person would have to remove before the text may leave the house. Not labelled, on purpose:
placeholders, addresses under reserved domains (RFC 2606), private and documentation networks, published example keys.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from random import Random
from typing import NamedTuple

SEED = 20261122
POSITIVES_A_KIND = 22
NEGATIVES = 1_060

# Kinds that carry a checksum or a fixed prefix; the bar for them is higher.
STRONG = (
    "card", "iban", "aws_access_key", "github_token", "openai_key", "anthropic_key", "slack_token", "stripe_key",
    "google_api_key", "private_key", "jwt", "huggingface_token",
)  # fmt: skip
OTHERS = ("email", "phone", "us_ssn", "ip_address", "password", "url_credentials")
KINDS = STRONG + OTHERS

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


class Labelled(NamedTuple):
    """A text, and what must be found in it: (kind, the exact words); nothing in a hard negative."""

    text: str
    found: tuple[tuple[str, str], ...]


def letters(random: Random, alphabet: str, size: int) -> str:
    return "".join(random.choice(alphabet) for _ in range(size))


def luhn(digits: str) -> str:
    """``digits`` with its check digit."""
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def card(random: Random) -> str:
    prefix, size = random.choice(
        [("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("3530", 16)]
    )
    number = luhn(prefix + letters(random, string.digits, size - len(prefix) - 1))
    style = random.randrange(3)
    if style == 0:
        return number
    parts = [number[:4], number[4:10], number[10:]] if size == 15 else [number[i : i + 4] for i in range(0, 16, 4)]
    return (" " if style == 1 else "-").join(parts)


def iban(random: Random) -> str:
    country, size, alphabet = random.choice(
        [
            ("DE", 18, string.digits),
            ("GB", 18, "digits after bank"),
            ("FR", 23, string.digits),
            ("NL", 14, "digits after bank"),
            ("ES", 20, string.digits),
            ("CH", 17, string.digits),
            ("AT", 16, string.digits),
            ("PL", 24, string.digits),
        ]
    )
    if alphabet == string.digits:
        body = letters(random, string.digits, size)
    else:
        body = letters(random, string.ascii_uppercase, 4) + letters(random, string.digits, size - 4)
    value = int("".join(str(int(c, 36)) for c in f"{body}{country}00"))
    number = f"{country}{98 - value % 97:02d}{body}"
    return number if random.random() < 0.5 else " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def email(random: Random) -> str:
    first = random.choice(
        ["maria", "j.smith", "li.wei", "anna-lena", "p.o'neil", "tom_h", "karim.b+work", "x7", "Ünal"]
    )
    if first == "Ünal":
        first = "unal"
    host = random.choice(
        ["gmail.com", "web.de", "acme-corp.io", "mail.nhs.uk", "uni-köln.de", "outlook.co.jp", "proton.me"]
    )
    host = host.replace("ö", "oe")
    return f"{first}{random.choice(['', str(random.randrange(1, 99))])}@{host}"


def phone(random: Random) -> str:
    d = lambda n: str(random.randrange(2, 10)) + letters(random, string.digits, n - 1)  # noqa: E731
    return random.choice(
        [
            f"+1 {d(3)}-{d(3)}-{d(4)}",
            f"({d(3)}) {d(3)}-{d(4)}",
            f"{d(3)}-{d(3)}-{d(4)}",
            f"{d(3)}.{d(3)}.{d(4)}",
            f"+44 20 {d(4)} {d(4)}",
            f"+49 {d(3)} {d(7)}",
            f"+49 (0) {d(2)} {d(3)} {d(4)}",
            f"+33 6 {d(2)} {d(2)} {d(2)} {d(2)}",
            f"+91 9{d(4)} {d(5)}",
            f"0044 7{d(3)} {d(6)}",
            f"+86 13{d(1)} {d(4)} {d(4)}",
            f"020 7{d(3)} {d(4)}",
        ]
    )


def us_ssn(random: Random) -> str:
    area = random.choice([n for n in range(101, 900) if n not in (666, 123)])
    return f"{area:03d}-{random.randrange(1, 100):02d}-{random.randrange(1, 10000):04d}"


def ip_address(random: Random) -> str:
    while True:
        parts = [random.randrange(1, 224)] + [random.randrange(0, 256) for _ in range(3)]
        first, second = parts[:2]
        reserved = first in (10, 127, 100, 169, 172, 192, 198, 203) or (first < 20 and second < 20)
        if not reserved and max(parts) > 99:
            return ".".join(map(str, parts))


def base64_text(random: Random, size: int) -> str:
    return base64.b64encode(bytes(random.randrange(256) for _ in range(size))).decode()


def private_key(random: Random) -> str:
    name = random.choice(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"])
    body = base64_text(random, 192)
    lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN {name}-----\n{lines}\n-----END {name}-----"


def jwt(random: Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": str(random.randrange(10**9)), "name": letters(random, ALNUM, 6), "iat": 1_700_000_000}
    signature = base64.urlsafe_b64encode(bytes(random.randrange(256) for _ in range(32))).decode().rstrip("=")
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{signature}"


def password(random: Random) -> str:
    word = random.choice(["Tr0ub4dor", "winter", "Summer", "dragon", "kaffee", "qwe", "Montag", "hunter"])
    return (
        word
        + random.choice(["!", "#", "_", "$"])
        + letters(random, string.digits, random.randrange(2, 5))
        + random.choice("xYz%")
    )


def url_credentials(random: Random) -> str:
    scheme = random.choice(["https", "postgres", "postgresql", "mongodb+srv", "redis", "amqp", "mysql", "ftp"])
    user = random.choice(["app", "svc_etl", "root", "reader", "deploy"])
    host = random.choice(["db.internal.acme.io", "10.2.3.4", "cache01", "repo.corp.net", "mq.prod"])
    return f"{scheme}://{user}:{letters(random, ALNUM, random.randrange(8, 20))}@{host}"


MAKERS: dict[str, Callable[[Random], str]] = {
    "card": card,
    "iban": iban,
    "email": email,
    "phone": phone,
    "us_ssn": us_ssn,
    "ip_address": ip_address,
    "private_key": private_key,
    "jwt": jwt,
    "password": password,
    "url_credentials": url_credentials,
    "aws_access_key": lambda r: r.choice(["AKIA", "ASIA"]) + letters(r, string.ascii_uppercase + "234567", 16),
    "github_token": lambda r: r.choice(
        [
            r.choice(["ghp_", "gho_", "ghs_", "ghu_"]) + letters(r, ALNUM, 36),
            "github_pat_" + letters(r, ALNUM, 22) + "_" + letters(r, ALNUM, 59),
        ]
    ),
    "openai_key": lambda r: r.choice(
        [
            "sk-proj-" + letters(r, ALNUM + "_-", 60) + "T3BlbkFJ" + letters(r, ALNUM + "_-", 60) + "A",
            "sk-" + letters(r, ALNUM, 20) + "T3BlbkFJ" + letters(r, ALNUM, 20),
            "sk-svcacct-" + letters(r, ALNUM, 50) + "T3BlbkFJ" + letters(r, ALNUM, 50),
        ]
    ),
    "anthropic_key": lambda r: "sk-ant-api03-" + letters(r, ALNUM + "_-", 93) + "AA",
    "slack_token": lambda r: (
        f"{r.choice(['xoxb', 'xoxp'])}-{letters(r, string.digits, 12)}-{letters(r, string.digits, 12)}-{letters(r, ALNUM, 24)}"
    ),
    "stripe_key": lambda r: r.choice(["sk_live_", "rk_live_"]) + letters(r, ALNUM, r.choice([24, 99])),
    "google_api_key": lambda r: "AIza" + letters(r, ALNUM + "_-", 34) + "Q",
    "huggingface_token": lambda r: "hf_" + letters(r, ALNUM, 34),
}

# Sentences around a value, by kind; those at even places are open, those at odd places sealed.
AROUND_TOKEN = (
    "my key is {} please rotate it",
    "Traceback: 401 Unauthorized for token {}\nretrying in 5 s",
    "export API_KEY={}",
    'curl -H "Authorization: Bearer {}" https://api.service.dev/v1/me',
    '{{"credentials": "{}", "region": "eu"}}',
    "The customer pasted {} into the chat by mistake.",
    "client = Client(api_key='{}')",
    "key: {}\nregion: us-east-1",
    "See the log: key={}; status=200",
    "I set it to {}, and it still fails",
    "TOKEN:{}",
    "<secret>{}</secret>",
)
TEMPLATES: dict[str, tuple[str, ...]] = {
    "card": (
        "Please charge {} for the renewal.",
        "Customer: it is a Visa, {}, valid until 09/28",
        "my card number is {} and the code on the back is 123",
        "CC {} declined twice today",
        '{{"payment": {{"card": "{}"}}}}',
        "I paid with {} but nothing arrived.",
        "Karte: {}",
        "Refund to {}? Yes.",
    ),
    "iban": (
        "Bitte überweisen Sie auf {}.",
        "Account for the refund: {}",
        "IBAN {} BIC COBADEFF",
        "Our bank details are {}, holder Schmidt",
        "Transfer 40 EUR to {}, thanks",
        "iban={}",
        "Mon compte est {} chez vous.",
        "Send it to:\n{}\nbefore Friday",
    ),
    "email": (
        "You can reach me at {}.",
        "Von: {} Betreff: Rechnung",
        "cc {} on the reply",
        "Contact <{}> for details",
        "user {} cannot log in",
        'the account is "{}"',
        "Email:{}",
        "mailto:{}?subject=Hi",
        "Please delete {} from the list",
        "{} wrote on Monday:",
    ),
    "phone": (
        "Call me at {} after five.",
        "Tel.: {}",
        "My number is {}.",
        "Reach our office: {} (weekdays)",
        "phone {}",
        "Mobile {} or by mail",
        "Ring {} and ask for Dana",
        "WhatsApp {} please",
    ),
    "us_ssn": (
        "SSN {}",
        "My social security number is {}.",
        "ssn: {}, dob 1980-02-01",
        "The applicant ({}) has no record.",
        "Social: {}",
        "Taxpayer {} filed late",
    ),
    "ip_address": (
        "Login from {} was refused",
        "client {} GET /index.html 200",
        "The user's address was {} at the time.",
        "blocked {} for 10 minutes",
        "ssh root@{}",
        "X-Forwarded-For: {}",
    ),
    "password": (
        "password: {}",
        "The password is {} for now",
        "PASSWORD={}",
        "pwd={};timeout=30",
        "login anna, password {}",
        '{{"user": "anna", "password": "{}"}}',
        "Passwort: {}",
        "passwd = '{}'",
    ),
    "url_credentials": (
        "DATABASE_URL={}/prod",
        "clone {}/team/repo.git",
        "connect to {}:5432/app?sslmode=require",
        "the url was {}/0",
        "broker: {}/vhost",
        "It reads from {}/files every night",
    ),
    "private_key": (
        "{}",
        "Here is the key:\n{}\nkeep it safe",
        "cat id_rsa\n{}",
        "ssl_key: |\n{}",
        "I found this in the repository:\n\n{}",
        "{}\nIs this one still used?",
    ),
}


def _words(random: Random, size: int) -> str:
    return letters(random, string.ascii_lowercase, size)


# What is close to a kind and is none; each takes a Random and gives one text.
NEGATIVE: tuple[Callable[[Random], str], ...] = (
    lambda r: f"Order {letters(r, string.digits, 15)}{(int(luhn(letters(r, '4', 15))[-1]) + 1) % 10}0 is on its way",
    lambda r: f"Card ending in {letters(r, string.digits, 4)} was charged",
    lambda r: "Number " + _broken(luhn("4" + letters(r, string.digits, 14))) + " fails the check",
    lambda r: "IBAN DE00 " + " ".join(letters(r, string.digits, 4) for _ in range(4)) + " 12 is a sample",
    lambda r: f"ticket DE{letters(r, string.digits, 10)} closed",
    lambda r: f"use @{_words(r, 8)} as decorator, or @app.route('/{_words(r, 4)}')",
    lambda r: f"npm install {_words(r, 6)}@{r.randrange(30)}.{r.randrange(9)}.{r.randrange(9)}",
    lambda r: f"git clone git@github.com:{_words(r, 6)}/{_words(r, 6)}.git",
    lambda r: f"write to {_words(r, 5)}@example.com in the documentation",
    lambda r: f"user@localhost and {_words(r, 5)}@test are not addresses",
    lambda r: f"{_words(r, 5)} @ {_words(r, 5)}.com with spaces",
    lambda r: (
        f"on {r.randrange(2000, 2030)}-{r.randrange(1, 13):02d}-{r.randrange(1, 29):02d} {r.randrange(24):02d}:{r.randrange(60):02d}:15"
    ),
    lambda r: f"between {r.randrange(1, 29):02d}.{r.randrange(1, 13):02d}.{r.randrange(1990, 2030)} and today",
    lambda r: f"ISBN 978-3-16-{letters(r, string.digits, 6)}-{r.randrange(10)}",
    lambda r: (
        f"tracking 1Z 999 AA1 {letters(r, string.digits, 2)} {letters(r, string.digits, 4)} {letters(r, string.digits, 4)}"
    ),
    lambda r: f"invoice INV-{r.randrange(2000, 2030)}-{letters(r, string.digits, 4)}-{letters(r, string.digits, 4)}",
    lambda r: f"unix time {r.randrange(1_500_000_000, 1_800_000_000)} in seconds",
    lambda r: f"item {letters(r, string.digits, 10)}, quantity {r.randrange(9)}",
    lambda r: f"{r.randrange(10, 99)} {letters(r, string.digits, 3)} {letters(r, string.digits, 3)},00 EUR in total",
    lambda r: (
        f"position {r.randrange(90)}.{letters(r, string.digits, 6)}, {r.randrange(180)}.{letters(r, string.digits, 6)}"
    ),
    lambda r: f"part {letters(r, string.digits, 3)}-{letters(r, string.digits, 2)}-{letters(r, string.digits, 5)}",
    lambda r: (
        f"the sample 000-{letters(r, string.digits, 2)}-{letters(r, string.digits, 4)} or 9{letters(r, string.digits, 2)}-12-3456 is no SSN"
    ),
    lambda r: f"version {r.randrange(1, 20)}.{r.randrange(20)}.{r.randrange(20)}.{r.randrange(20)} fixes it",
    lambda r: f"ping 192.168.{r.randrange(256)}.{r.randrange(256)} or 10.0.{r.randrange(256)}.1 inside the office",
    lambda r: f"the documentation uses 203.0.113.{r.randrange(256)} and 127.0.0.1",
    lambda r: f"section {r.randrange(1, 9)}.{r.randrange(1, 9)}.{r.randrange(1, 9)}.{r.randrange(1, 9)} of the manual",
    lambda r: f"address 256.{r.randrange(300, 999)}.1.{r.randrange(99)} is impossible",
    lambda r: "set sk-" + r.choice(["...", "your-key-here", "xxxxxxxxxxxxxxxxxxxxxxxx", "<KEY>"]),
    lambda r: "the AWS example AKIAIOSFODNN7" + "EXAMPLE " + _words(r, 5),
    lambda r: f"ghp_{'x' * r.choice([20, 36])} is a placeholder, {_words(r, 4)}",
    lambda r: f"names start with hf_{_words(r, 6)} or sk_{_words(r, 6)} here",
    lambda r: f"xoxb-your-token or xoxp-{_words(r, 4)}",
    lambda r: "AIza is how Google keys begin, " + _words(r, 6),
    lambda r: f"password: {'*' * r.randrange(6, 12)}",
    lambda r: "password = os.environ['" + _words(r, 6).upper() + "']",
    lambda r: "password: ${" + _words(r, 6).upper() + "_PASSWORD}",
    lambda r: f"password: {{{{ vault_{_words(r, 5)} }}}}",
    lambda r: f"Your password must have {r.randrange(8, 20)} characters and a digit",
    lambda r: f"I forgot my password, {_words(r, 5)}. The password is wrong every time.",
    lambda r: f"Reset your password: open {_words(r, 6)} settings and click Reset",
    lambda r: "def check(password: str, " + _words(r, 5) + ": int) -> bool:",
    lambda r: f"password=None, {_words(r, 4)}=True",
    lambda r: f"-----BEGIN PUBLIC KEY-----\n{base64_text(r, 48)}\n-----END PUBLIC KEY-----",
    lambda r: f"-----BEGIN CERTIFICATE-----\n{base64_text(r, 48)}\n-----END CERTIFICATE-----",
    lambda r: f"a file starts with -----BEGIN RSA PRIVATE KEY----- and so on, says {_words(r, 5)}",
    lambda r: f"sha256 {letters(r, HEX, 64)}",
    lambda r: f"commit {letters(r, HEX, 40)} broke it",
    lambda r: (
        f"id {letters(r, HEX, 8)}-{letters(r, HEX, 4)}-4{letters(r, HEX, 3)}-a{letters(r, HEX, 3)}-{letters(r, HEX, 12)}"
    ),
    lambda r: f"data:image/png;base64,{base64_text(r, 60)}",
    lambda r: f"eyJ{letters(r, ALNUM, 10)} is the start of a token",
    lambda r: f"https://{_words(r, 6)}.com/{_words(r, 4)}?user=a:b@c",
    lambda r: f"http://localhost:{r.randrange(1000, 9999)}/path and https://{_words(r, 5)}@host.io/x",
    lambda r: f"postgres://$USER:$PASSWORD@{_words(r, 5)}/db",
    lambda r: f"IMEI 35{letters(r, string.digits, 13)} of the handset",
    lambda r: f"score {r.randrange(100)}-{r.randrange(100)}, {r.randrange(100)}-{r.randrange(100)}, 3-1",
    lambda r: f"sizes {r.randrange(100, 999)} x {r.randrange(100, 999)} x {r.randrange(100, 999)} mm",
    lambda r: f"{letters(r, string.digits, 3)}-{letters(r, string.digits, 4)} is the room, 2nd floor",
    lambda r: f"customer 00{letters(r, string.digits, 8)} has no open order",
    lambda r: f"postcode {letters(r, string.digits, 5)}-{letters(r, string.digits, 4)}, New Town",
    lambda r: f"3.14159{letters(r, string.digits, 12)} is not pi",
)


def _broken(number: str) -> str:
    """``number`` with a wrong check digit."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def _half(parity: int) -> tuple[Labelled, ...]:
    random = Random(SEED + parity)
    rows: list[Labelled] = []
    for kind in KINDS:
        sentences = TEMPLATES.get(kind, AROUND_TOKEN)[parity::2]
        for index in range(POSITIVES_A_KIND // 2):
            value = MAKERS[kind](random)
            rows.append(Labelled(sentences[index % len(sentences)].format(value), ((kind, value),)))
    rows.extend(Labelled(NEGATIVE[index % len(NEGATIVE)](random), ()) for index in range(NEGATIVES // 2))
    random.shuffle(rows)
    return tuple(rows)


def open_half() -> tuple[Labelled, ...]:
    """The half for building: 198 positives, 530 hard negatives."""
    return _half(0)


def sealed_half() -> tuple[Labelled, ...]:
    """The half that is run once."""
    return _half(1)
