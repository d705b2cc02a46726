"""Debian's headless browser, where this machine has one; CI must have one."""

from __future__ import annotations

import os
import shutil

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(BROWSER is None and not os.environ.get("CI"), reason="there is no Chromium here")
