"""A connection that answers and trains nothing: all of the provider protocol that is left is to say so."""

# ruff: noqa: ARG002 - the protocol hands over more than a refusal needs

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from ftsdk.diagnostics import Diagnostic, Severity
from ftsdk.errors import ProviderError
from ftsdk.providers.base import Capabilities, Order
from ftsdk.providers.inference import InferenceClient

CONTEXT_TOKENS = 200_000
Answers = Callable[[str], InferenceClient]


class UntrainedProvider:
    """``answers`` makes the client of a model; ``why`` says why nothing is trained and what to do instead."""

    def __init__(self, name: str, answers: Answers, why: str) -> None:
        self.name = name
        self.inference = answers
        self._why = why

    def capabilities(self, model: str) -> Capabilities:
        """Answers, no method."""
        return Capabilities(
            model=model,
            methods=(),
            context_tokens=CONTEXT_TOKENS,
            retires=None,
            serves_tuned=False,
            available=True,
            note=self._why,
        )

    def check(self, order: Order) -> tuple[Diagnostic, ...]:
        """One error for every order."""
        said = f"{order.model} cannot be trained with {self.name!r}: {self._why}"
        return (Diagnostic(code="provider/untrained", severity=Severity.error, message=said),)

    def upload(self, order: Order) -> str:
        """Refused."""
        self._refuse()

    def create(self, order: Order, file: str) -> str:
        """Refused."""
        self._refuse()

    def find(self, key: str) -> tuple[str, ...]:
        """There is none."""
        return ()

    def poll(self, job: str, cursor: str = "") -> NoReturn:
        """Refused."""
        self._unknown(job)

    def cancel(self, job: str) -> None:
        """Refused."""
        self._unknown(job)

    def result(self, job: str) -> NoReturn:
        """Refused."""
        self._unknown(job)

    def deploy(self, model: str) -> str:
        """Models serve themselves."""
        return model

    def undeploy(self, deployment: str) -> None:
        """Nothing is paid for that could be stopped."""

    def delete(self, model: str) -> None:
        """Refused: no model here is ours."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ProviderError(f"{self.name!r} trains nothing: {self._why}", owner="configuration")

    def _unknown(self, job: str) -> NoReturn:
        raise ProviderError(f"no job {job!r} with {self.name!r}, which trains nothing", owner="configuration")
