"""`python -m ftsdk.cli` is `ft`."""

from __future__ import annotations

import sys

from ftsdk.cli import main

sys.exit(main())
