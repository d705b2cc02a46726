"""The tree of everything that can go wrong; each error is a sentence, a next step, an owner and an exit code.

FtsdkError                      1   something nobody foresaw
├── UsageError                 64   the command or call was not of the right form
├── SpecError                  10   a spec or a dataset does not hold; carries its findings
├── PolicyDenied               11   a rule of the project forbids it
├── ApprovalNeeded             12   somebody else must agree first
├── PlanStale                  13   what was planned is no longer what is there
├── StateLocked                14   another process or host holds the state
│   ├── StoreUnreachable            the database of the store does not answer: waited for
│   └── StoreRefused                it answers and takes no change: locked, full, read-only or damaged
├── ProviderError              15   the outside world refused, failed or is missing
│   ├── ProviderUnavailable         no answer, or one that says later: tried again
│   ├── ModelMissing                the model is not on this machine or not with this provider
│   ├── WrongHash                   a file is not the file it was said to be
│   └── ExtraMissing                an optional package is not installed
├── GateFailed                 16   the comparison did not meet a gate; nothing was promoted
├── RunFailed                  18   the run ended in failure
│   └── RunCancelled                somebody stopped it
├── NoVerdict                  19   the comparison cannot tell; nothing was promoted
└── BudgetStop                 20   the budget ended it
"""

from __future__ import annotations

from typing import Literal

from ftsdk.diagnostics import Diagnostic

Owner = Literal["platform", "data", "configuration", "quota", "budget"]


class FtsdkError(Exception):
    """Base of all errors that ftsdk raises on purpose.

    ``message`` says what happened and what was not lost or spent, ``help`` the next step, ``owner`` whose it is.
    """

    exit_code: int = 1
    owner: Owner = "platform"

    def __init__(self, message: str, *, help: str | None = None, owner: Owner | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        if owner is not None:
            self.owner = owner

    def __str__(self) -> str:
        return f"{self.message}\n  next: {self.help}" if self.help else self.message


class UsageError(FtsdkError):
    """The command or call was not of the right form."""

    exit_code = 64
    owner: Owner = "configuration"


class SpecError(FtsdkError):
    """A spec or dataset does not hold; ``findings`` are all of them, not the first."""

    exit_code = 10
    owner: Owner = "configuration"

    def __init__(
        self,
        message: str,
        *,
        findings: tuple[Diagnostic, ...] = (),
        help: str | None = None,
        owner: Owner | None = None,
    ) -> None:
        super().__init__(message, help=help, owner=owner)
        self.findings = findings

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self.findings)])


class PolicyDenied(FtsdkError):
    """A rule of the project forbids it."""

    exit_code = 11
    owner: Owner = "configuration"


class ApprovalNeeded(FtsdkError):
    """Somebody else must agree first."""

    exit_code = 12
    owner: Owner = "configuration"


class PlanStale(FtsdkError):
    """What was planned is no longer what is there."""

    exit_code = 13
    owner: Owner = "configuration"


class StateLocked(FtsdkError):
    """Another process or host holds the state."""

    exit_code = 14


class StoreUnreachable(StateLocked):
    """The database of the store does not answer; runs go on when it is back."""


class StoreRefused(StateLocked):
    """The database of the store takes no change: locked, full, read-only or damaged; its runs stay where they are."""


class ProviderError(FtsdkError):
    """The outside world refused, failed or is missing."""

    exit_code = 15


class ProviderUnavailable(ProviderError):
    """No answer came, or one that says later; whether a request was carried out is unknown, and asking again is safe.

    ``retry_after`` is what the provider asked to wait, in seconds; None when it did not say.
    """

    def __init__(
        self, message: str, *, help: str | None = None, owner: Owner | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, help=help, owner=owner)
        self.retry_after = retry_after


class ModelMissing(ProviderError):
    """The model is not on this machine or not with this provider."""

    owner: Owner = "configuration"


class WrongHash(ProviderError):
    """A file is not the file it was said to be."""

    owner: Owner = "data"


class ExtraMissing(ProviderError):
    """An optional package is not installed; ``help`` names the extra that brings it."""

    owner: Owner = "configuration"

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"the package {package!r} is not installed", help=f"pip install 'ftbot[{extra}]' brings it")


class GateFailed(FtsdkError):
    """The comparison did not meet a gate; nothing was promoted."""

    exit_code = 16
    owner: Owner = "data"


class RunFailed(FtsdkError):
    """The run ended in failure."""

    exit_code = 18


class RunCancelled(RunFailed):
    """Somebody stopped the run."""


class NoVerdict(FtsdkError):
    """The comparison cannot tell; nothing was promoted."""

    exit_code = 19
    owner: Owner = "data"


class BudgetStop(FtsdkError):
    """The budget ended it."""

    exit_code = 20
    owner: Owner = "budget"
