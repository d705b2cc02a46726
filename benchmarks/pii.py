"""Private data: recall and precision of the default patterns on a labelled set, by kind, beside kept libraries.

``python -m benchmarks.pii`` runs the open half; ``--sealed`` the half that is looked at once, when building is over.
``--rivals`` adds detect-secrets (secrets only) when it is installed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence

from benchmarks._private_set import KINDS, STRONG, Labelled, open_half, sealed_half
from ftsdk.data.private import Found, find


def main() -> None:
    """Print a table by kind, then the two groups that have a bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sealed", action="store_true")
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--show", action="store_true", help="print what was missed and what was wrong")
    args = parser.parse_args()
    rows = sealed_half() if args.sealed else open_half()
    started = time.process_time()
    finds = [find(row.text) for row in rows]
    seconds = time.process_time() - started
    size = sum(len(row.text) for row in rows)
    print(f"{len(rows)} texts, {size / 1e6:.2f} MB, {1e3 * seconds:.0f} CPU-ms with the exact patterns alone")
    table(rows, finds)
    if args.show:
        show(rows, finds)
    if args.rivals:
        detect_secrets(rows)


def table(rows: Sequence[Labelled], finds: Sequence[Sequence[Found]]) -> None:
    """Recall and precision by kind; a find is right when it lies on a labelled value of its kind."""
    labelled, hit, given, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row, found in zip(rows, finds, strict=True):
        labelled.update(kind for kind, _ in row.found)
        given.update(item.kind for item in found)
        good = [item for item in found if any(_lies_on(item, row.text, *label) for label in row.found)]
        right.update(item.kind for item in good)
        hit.update(kind for kind, value in row.found if any(_lies_on(item, row.text, kind, value) for item in found))
    for kind in KINDS:
        print(f"  {kind:18} recall {_share(hit[kind], labelled[kind])}  precision {_share(right[kind], given[kind])}")
    for name, group in (("checksum or prefix", set(STRONG)), ("the others", set(KINDS) - set(STRONG))):
        counts = [sum(counter[kind] for kind in group) for counter in (hit, labelled, right, given)]
        print(f"{name}: recall {_share(*counts[:2])}, precision {_share(*counts[2:])}")


def show(rows: Sequence[Labelled], finds: Sequence[Sequence[Found]]) -> None:
    """What a builder wants to see; never used on the sealed half before the end."""
    for row, found in zip(rows, finds, strict=True):
        kinds = {item.kind for item in found}
        wanted = {kind for kind, _ in row.found}
        if kinds != wanted:
            print(
                f"  wanted {sorted(wanted)}, found {[(item.kind, row.text[item.start : item.end]) for item in found]}"
            )
            print(f"    {row.text[:150]!r}")


def detect_secrets(rows: Sequence[Labelled]) -> None:
    """The same secrets by detect-secrets with all its default plugins: lines told, not spans."""
    from detect_secrets.core.scan import scan_line
    from detect_secrets.settings import default_settings

    secret = {kind for kind in KINDS if kind not in ("card", "iban", "email", "phone", "us_ssn", "ip_address")}
    hit = labelled = wrong = 0
    with default_settings():
        for row in rows:
            found = any(True for line in row.text.splitlines() for _ in scan_line(line))
            is_secret = any(kind in secret for kind, _ in row.found)
            labelled += is_secret
            hit += is_secret and found
            wrong += found and not row.found
    print(f"detect-secrets, secrets only: recall {_share(hit, labelled)}, texts wrongly told: {wrong}")


def _lies_on(item: Found, text: str, kind: str, value: str) -> bool:
    start = text.index(value)
    return item.kind == kind and item.start < start + len(value) and start < item.end


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part}/{whole})" if whole else "  -  "


if __name__ == "__main__":
    main()
