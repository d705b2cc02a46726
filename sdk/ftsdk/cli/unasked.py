"""No search for pydantic's plugins: `ft` wants none, and what searches is a tenth of every start.

pydantic asks all installed packages for plugins when it makes its first model. Importing what asks, importlib.metadata
with email, zipfile and tempfile behind it, costs more than asking; PYDANTIC_DISABLE_PLUGINS only prevents the asking.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_ASKS = "pydantic.plugin._loader"


class _Unasked(ModuleType):
    """Stands for the module that asks; anything else that is wanted of it is the module's own."""

    @staticmethod
    def get_plugins() -> tuple[()]:
        """No plugin."""
        return ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        sys.modules.pop(_ASKS, None)
        return getattr(import_module(_ASKS), name)


def leave_unasked() -> None:
    """To be called before pydantic is imported; a pydantic that keeps its plugins elsewhere only starts as before."""
    sys.modules.setdefault(_ASKS, _Unasked(_ASKS))
