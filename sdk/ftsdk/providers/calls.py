"""A hosted service asked about jobs and files: what is safe is asked again, what may cost is asked once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ftsdk.errors import ProviderError, ProviderUnavailable
from ftsdk.providers.faults import Refusal, fault, no_answer, of_status_error
from ftsdk.providers.throttle import Throttle, backoff

T = TypeVar("T")

READ_ATTEMPTS = 3
READ_WAIT = 0.5  # seconds after the first failure
LONGEST_PAUSE = 5.0  # whoever would wait longer gives the lease back and comes again
HOLD_SECONDS = 2.0  # after a refusal for haste that names no time


class Refused(ProviderError):
    """The service said no, and would say it again."""

    def __init__(self, told: ProviderError, refusal: Refusal) -> None:
        super().__init__(told.message, help=told.help, owner=told.owner)
        self.refusal = refusal

    @property
    def absent(self) -> bool:
        """Whether what was asked about is not there."""
        return self.refusal.status == 404


class Calls:
    """One connection through the openai package, whose own retries are off; safe to use from many threads."""

    def __init__(self, service: str, throttle: Throttle, sleep: Callable[[float], None] = time.sleep) -> None:
        self._service = service
        self._throttle = throttle
        self._sleep = sleep

    def read(self, doing: str, request: Callable[[], T]) -> T:
        """Ask, and ask again when no answer came: for requests that change nothing, or nothing more the second time."""
        attempt = 0
        while True:
            try:
                return self.once(doing, request)
            except ProviderUnavailable as error:
                attempt += 1
                pause = backoff(attempt, error.retry_after, READ_WAIT)
                if pause is None or attempt >= READ_ATTEMPTS or pause > LONGEST_PAUSE:
                    raise
                self._sleep(pause)

    def once(self, doing: str, request: Callable[[], T]) -> T:
        """Ask once. ProviderUnavailable leaves open whether it was done; `Refused` says that it was not."""
        import openai

        self._wait_turn(doing)
        try:
            return request()
        except openai.APIStatusError as error:
            raise self._told(of_status_error(self._service, error), doing) from None
        except openai.APIConnectionError as error:
            raise no_answer(self._service, doing, error) from None
        except (openai.APIError, ValueError) as error:  # an answer that is no JSON
            raise no_answer(self._service, doing, error) from None

    def _told(self, refusal: Refusal, doing: str) -> ProviderError:
        told = fault(refusal, doing)
        if not isinstance(told, ProviderUnavailable):
            return Refused(told, refusal)
        if refusal.status == 429:
            self._throttle.hold(refusal.retry_after or HOLD_SECONDS)
        return told

    def _wait_turn(self, doing: str) -> None:
        while (wait := self._throttle.wait()) > 0:
            if wait > LONGEST_PAUSE:
                raise ProviderUnavailable(
                    f"{self._service} asked to wait before it is asked to {doing}",
                    help="it is asked again",
                    owner="quota",
                    retry_after=wait,
                )
            self._sleep(wait)
