"""Should we fine-tune? Facts -> Advice: a ranked list of options with reasons, money and doubt.

The module itself can be called: ``ftsdk.advise(facts)`` is `advise`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from ftsdk.advise.advisor import advise
from ftsdk.advise.facts import Facts, Origin, Tried
from ftsdk.advise.interview import Step, next_questions
from ftsdk.advise.options import OPTIONS, Option
from ftsdk.advise.questions import QUESTIONS, Choice, Question, answered
from ftsdk.advise.read import read_facts
from ftsdk.advise.value import Advice

__all__ = [
    "OPTIONS", "QUESTIONS", "Advice", "Choice", "Facts", "Option", "Origin", "Question", "Step", "Tried", "advise",
    "answered", "next_questions", "read_facts",
]  # fmt: skip


class _Callable(ModuleType):
    """A room whose verb is its name."""

    def __call__(self, *args: Any, **options: Any) -> Advice:
        return advise(*args, **options)


sys.modules[__name__].__class__ = _Callable
