"""How fast a service may be asked, learnt from what it refuses: sent above its limit, what it lets in is its limit."""

from __future__ import annotations

FIRST_RATE, DOUBLES = 100.0, 0.07  # questions a second at first, and the seconds in which that doubles until a refusal
TOLERATED = (
    0.08  # share of refusals that is borne: some services refuse at random, and a little above the limit is best
)
TOO_MANY = 8.0  # refusals beyond that share
SHUT = 0.8  # share of refusals at which a service lets nobody in: all wait as long as it says
MARGIN = 0.97
LEAST_OF_RATE, LEAST_WHEN_SHUT = 0.5, 0.25  # no refusals cut deeper at once, as few of them tell little
GROWTH_SECONDS = 12.0  # until a cut rate has doubled, slowly at first
LATE = 0.02  # seconds that whoever overslept makes up for
AN_INSTANT = 0.001


class Pace:
    """One connection's rate. Refusals beyond the tolerated share are summed (Page, Biometrika 41, 1954) and cut it when
    there are too many; between cuts it grows with the cube of the time in which it was used (as in RFC 9438).

    Times are seconds of one clock. ``rate`` is what an earlier run learnt, in questions a second; ``cuts`` counts.
    """

    def __init__(self, now: float, rate: float | None = None) -> None:
        self.cuts = 0
        self._doubles = GROWTH_SECONDS
        self._base = rate
        self._next = self._grows_from = self._opened = now
        self._asked = 0
        self._let_in = 0  # since the service last shut
        self._any_answer = False
        self._first: tuple[int, float] | None  # number and time of the first question of those that were refused
        self._look_again()

    def rate(self, now: float) -> float:
        """Questions a second."""
        used = max(0.0, now - self._grows_from)
        if self._base is None:
            return FIRST_RATE * 2 ** min(used / DOUBLES, 20)
        return self._base * (1 + (used / self._doubles) ** 3)

    def learnt(self, now: float) -> float | None:
        """The rate worth keeping; None while nothing was ever refused."""
        return None if self._base is None else self.rate(min(now, self._next))

    def wait(self, now: float) -> float:
        """Seconds until the next question; not positive now."""
        return self._next - now

    def asked(self, now: float) -> None:
        """Count a question."""
        idle = now - self._next - LATE
        if idle > 0:  # a rate that is not used proves nothing
            self._grows_from += idle
            self._opened += idle
            self._next += idle
        self._next += 1 / self.rate(now)
        self._asked += 1
        self._let_in += 1
        self._sum -= TOLERATED
        if self._sum <= 0:
            self._look_again()

    def answered(self) -> None:
        """Count an answer."""
        self._any_answer = True

    def refused(self, now: float, pause: float, number: int, at: float, cuts: int) -> float:
        """Count the refusal of question ``number``, asked ``at`` after so many ``cuts``.

        ``pause`` is how long whoever was refused waits. Returns for how long nobody should ask.
        """
        self._let_in -= 1
        if cuts != self.cuts:
            return 0.0  # of a rate that is no longer
        self._refused += 1
        self._sum += 1
        self._first = min(self._first or (number, at), (number, at))
        asked = self._asked - self._first[0] + 1
        too_many, share = self._sum >= TOO_MANY, self._refused / asked
        hold = pause if share >= SHUT and (too_many or not self._any_answer) else 0.0
        if too_many and self._let_in > 0:
            rate = min(self.rate(now), asked / max(now - self._first[1], AN_INSTANT))
            self._cut(rate, share, now + hold if hold else None)
        if too_many or hold:
            self.cuts += 1
            self._next = self._grows_from = now + hold
            self._look_again()
        if hold and self._let_in > 0:
            self._opened, self._let_in = now + hold, 0
        return hold

    def _cut(self, rate: float, share: float, shut_until: float | None) -> None:
        """What was let in of what was asked is the new rate; where the service shut, what it let in from end to end."""
        self._base = rate * MARGIN * max(LEAST_OF_RATE, 1 - share)
        if shut_until is not None:
            whole = self._let_in / max(shut_until - self._opened, AN_INSTANT)
            self._base = max(rate * LEAST_WHEN_SHUT, min(self._base, whole))
        self._doubles = GROWTH_SECONDS * self._base / rate

    def _look_again(self) -> None:
        self._refused, self._sum, self._first = 0, 0.0, None
