"""Comparison -> alias: a name that applications call, and everything needed to call it as it was proved."""

from ftsdk.registry.aliases import alias_key, read_alias, split_alias
from ftsdk.registry.outside import VARIABLE, AliasFile, resolve_outside
from ftsdk.registry.value import Resolved

__all__ = ["VARIABLE", "AliasFile", "Resolved", "alias_key", "read_alias", "resolve_outside", "split_alias"]
