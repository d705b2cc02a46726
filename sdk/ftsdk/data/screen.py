"""One look at a raw line, for everything that would have to be judged in words: an RE2 set over its bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from ftsdk.data.private import KINDS, Kind

# Without these a line holds no control token, NUL or ASCII behind an escape (which would hide any of the others), and
# its keys can be counted by the quotes before colons.
ODD = (r"<\|", r"INST\]", r"SYS>>", r"_of_turn>", r"[^\\]\"\s+:", r"\\\\\"\s*:")
ESCAPED_ASCII = r"\\u00[0-7]"


QUOTED_KEY = r"\\\":"


class Suspicion(NamedTuple):
    """What a line may hold: a control token or escape (``odd``), private data of some ``kinds``.

    ``quoted`` says that a text has a quote before a colon, as where JSON stands in it.
    """

    odd: bool
    kinds: tuple[Kind, ...]
    quoted: bool = False


NONE = Suspicion(False, ())


@cache
def screen() -> Callable[[Sequence[bytes]], list[Suspicion]]:
    """A function that looks at lines; loose patterns may suspect too much, never too little."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    patterns: Any = re2.Set.SearchSet(options)
    for pattern in (*(kind.loose for kind in KINDS), *ODD, ESCAPED_ASCII, QUOTED_KEY):
        patterns.Add(pattern)
    patterns.Compile()
    match, kinds = patterns.Match, len(KINDS)
    escaped = kinds + len(ODD)

    def judged(found: list[int]) -> Suspicion:
        quoted = escaped + 1 in found
        if escaped in found:
            return Suspicion(True, KINDS, quoted)
        odd = any(kinds <= index < escaped for index in found)
        return Suspicion(odd, tuple(KINDS[index] for index in sorted(found) if index < kinds), quoted)

    return lambda lines: [judged(found) if (found := match(line)) else NONE for line in lines]
