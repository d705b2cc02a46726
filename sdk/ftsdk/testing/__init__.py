"""Aids for tests: a workspace, a provider that follows a script, and the contract that every provider passes.

``ftsdk.testing.provider_contract`` needs pytest and is imported by its own name.
"""

from ftsdk.testing.scripted import Answers, ScriptedInference, ScriptedProvider
from ftsdk.testing.workspaces import workspace

__all__ = ["Answers", "ScriptedInference", "ScriptedProvider", "workspace"]
