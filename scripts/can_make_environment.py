"""Say in one sentence why this Python cannot make a virtual environment for ftbot, or say nothing."""

import sys
from importlib.util import find_spec

# Written for any Python 3, so that an old one reads it and answers instead of failing on its syntax.
NEEDED = (3, 11)

if sys.version_info < NEEDED:
    sys.exit(
        "ftbot needs Python %d.%d or newer; %s is %d.%d. Next: make PYTHON=python3.11 demo (with one that you have)."
        % (*NEEDED, sys.executable, *sys.version_info[:2])
    )
missing = [name for name in ("venv", "ensurepip") if find_spec(name) is None]
if missing:
    sys.exit(
        "%s cannot make a virtual environment: its module %s is missing. Next, on Debian or Ubuntu: "
        "apt-get install python3-venv; then run make again." % (sys.executable, " and ".join(missing))
    )
