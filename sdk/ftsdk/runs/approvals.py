"""Approvals: people, not accounts, agree to one digest, one act and one amount, until it expires."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, select, update
from sqlalchemy.exc import IntegrityError

from ftsdk.errors import PolicyDenied, UsageError
from ftsdk.plan.value import Act
from ftsdk.runs import audit
from ftsdk.runs.budgets import dollars, micro
from ftsdk.runs.database import Database
from ftsdk.runs.people import People
from ftsdk.runs.tables import APPROVALS, VOTES
from ftsdk.values import Value

State = Literal["open", "approved", "rejected", "expired", "void"]
HOLDING = ("open", "approved")
EXPIRES_SECONDS = 72 * 3600.0


class Ask(Value):
    """What somebody must agree to: ``needed`` people of ``approvers`` (names, ``group:NAME``), never the requester."""

    digest: str
    act: Act
    name: str
    usd: Decimal
    requested_by: str
    needed: int
    approvers: tuple[str, ...]


class Vote(Value):
    """What one person said, with which account, and why."""

    person: str
    decision: Literal["approve", "reject"]
    actor: str
    reason: str
    at: float


class Approval(Ask):
    """An ask and what became of it; times are Unix seconds of the database."""

    number: int
    state: State
    created_at: float
    expires_at: float
    votes: tuple[Vote, ...]


class Approvals:
    """The approvals of one store."""

    def __init__(self, database: Database, people: People) -> None:
        self._database = database
        self._people = people

    def ask(self, wanted: Ask, expires: float = EXPIRES_SECONDS, plan: str | None = None) -> Approval:
        """The open or approved approval of this digest and act; a new one voids older ones of the same spec.

        ``plan`` is the text of what is asked for; `asked_plan` gives it back.
        """
        standing = self._holding(wanted)
        if standing is not None:
            return standing
        now = self._database.now
        row = wanted.model_dump(exclude={"usd"}) | {"amount": micro(wanted.usd), "approvers": list(wanted.approvers)}
        try:
            with self._database.begin() as connection:
                self._void_older(connection, wanted)
                stamp = {"state": "open", "created_at": now, "expires_at": now + expires, "plan": plan}
                number = connection.execute(APPROVALS.insert().values(**row, **stamp)).inserted_primary_key
                assert number is not None
                self._told(connection, wanted.requested_by, "approval.asked", number[0], {"amount": str(wanted.usd)})
                return self._one(connection, APPROVALS.c.number == number[0])
        except IntegrityError:  # another process asked for the same at the same moment
            return self.ask(wanted, expires, plan)

    def person(self, actor: str) -> str | None:
        """The name of the person whose account this is."""
        return self._people.of(actor)

    def approved(self, digest: str, act: Act, usd: Decimal) -> bool:
        """Whether people agreed to this digest and act, for at least this amount, and it has not expired."""
        query = select(APPROVALS.c.number).where(
            APPROVALS.c.digest == digest,
            APPROVALS.c.act == act,
            APPROVALS.c.state == "approved",
            APPROVALS.c.amount >= micro(usd),
            APPROVALS.c.expires_at > self._database.now,
        )
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def agreed(self, name: str, act: Act) -> Approval | None:
        """The newest approval of a spec that people agreed to, whatever its digest; voided ones count."""
        return self._newest(APPROVALS.c.name == name, act, voted=True)

    def asked_plan(self, approval: Approval) -> str | None:
        """The plan that people were asked to agree to, as text; None where none was kept."""
        query = select(APPROVALS.c.plan).where(APPROVALS.c.number == approval.number)
        with self._database.read() as connection:
            return connection.execute(query).scalar()

    def last(self, digest: str, act: Act) -> Approval | None:
        """The newest approval asked for under a digest, whatever became of it."""
        return self._newest(APPROVALS.c.digest == digest, act)

    def _newest(self, condition: ColumnElement[bool], act: Act, *, voted: bool = False) -> Approval | None:
        query = select(APPROVALS).where(condition, APPROVALS.c.act == act).order_by(APPROVALS.c.number.desc())
        with self._database.read() as connection:
            for row in connection.execute(query).all():
                found = self._value(connection, row)
                agreeing = sum(vote.decision == "approve" for vote in found.votes)
                if not voted or (agreeing >= found.needed and found.state in ("approved", "void")):
                    return found
        return None

    def decide(self, digest: str, actor: str, decision: Literal["approve", "reject"], reason: str = "") -> Approval:
        """Record what the person behind ``actor`` says to the open approval of a digest (its first 8 digits or more).

        Saying the same again changes nothing. Raises UsageError when nothing open fits, PolicyDenied when this person
        may not decide; both leave everything as it was.
        """
        with self._database.begin() as connection:
            open_ = self._open(connection, digest)
            person = self._allowed(open_, actor)
            # Takes the row before votes are counted, so that two last votes do not both miss, and finds it decided
            # when another vote came first.
            still = (APPROVALS.c.number == open_.number) & (APPROVALS.c.state == "open")
            if connection.execute(update(APPROVALS).where(still).values(state="open")).rowcount != 1:
                raise UsageError(f"{open_.digest[:19]} was decided a moment ago", help="`ft approvals --all` says how")
            said = [vote for vote in self._votes(connection, open_.number) if vote.person == person]
            if not said:
                connection.execute(
                    VOTES.insert().values(
                        approval=open_.number, person=person, decision=decision, actor=actor, reason=reason,
                        at=self._database.now,
                    )
                )  # fmt: skip
                said_by = {"person": person, "reason": reason}  # the mapping that was used, whatever people: says later
                self._told(connection, actor, f"approval.{decision}", open_.number, said_by)
                self._count(connection, open_)
            elif said[0].decision != decision:
                raise PolicyDenied(
                    f"{person} has already said {said[0].decision} to {open_.digest[:19]}; nothing was changed",
                    help="plan again to be asked again",
                )
            return self._one(connection, APPROVALS.c.number == open_.number)

    def list(self, *, open_only: bool = True) -> tuple[Approval, ...]:
        """Approvals, newest first; those that ran out are shown as expired."""
        query = select(APPROVALS).order_by(APPROVALS.c.number.desc())
        with self._database.read() as connection:
            now = float(connection.execute(select(self._database.now)).scalar_one())
            found = tuple(self._value(connection, row, now) for row in connection.execute(query).all())
        return tuple(approval for approval in found if approval.state == "open" or not open_only)

    # -- inside a transaction -----------------------------------------------------------------------------------

    def _holding(self, wanted: Ask) -> Approval | None:
        with self._database.begin() as connection:
            ran_out = APPROVALS.c.expires_at <= self._database.now
            connection.execute(update(APPROVALS).where(APPROVALS.c.state.in_(HOLDING), ran_out).values(state="expired"))
            same = (APPROVALS.c.digest == wanted.digest) & (APPROVALS.c.act == wanted.act)
            row = connection.execute(select(APPROVALS).where(same, APPROVALS.c.state.in_(HOLDING))).one_or_none()
            return None if row is None else self._value(connection, row)

    def _void_older(self, connection: Connection, wanted: Ask) -> None:
        older = (APPROVALS.c.name == wanted.name) & (APPROVALS.c.act == wanted.act) & APPROVALS.c.state.in_(HOLDING)
        connection.execute(update(APPROVALS).where(older).values(state="void"))

    def _open(self, connection: Connection, digest: str) -> Approval:
        wanted = digest if digest.startswith("sha256:") else f"sha256:{digest}"
        if len(wanted) < len("sha256:") + 8:
            raise UsageError(f"{digest!r} is too short to name a plan", help="give at least 8 digits of the digest")
        now = self._database.now
        live = (APPROVALS.c.state == "open") & (APPROVALS.c.expires_at > now)
        rows = connection.execute(select(APPROVALS).where(live)).all()
        rows = [row for row in rows if row.digest.startswith(wanted)]
        if len(rows) != 1:
            what = "nothing that waits for approval has" if not rows else "more than one approval has"
            raise UsageError(f"{what} the digest {digest}", help="`ft approvals` lists what waits, with digests")
        return self._value(connection, rows[0])

    def _allowed(self, approval: Approval, actor: str) -> str:
        person = self._people.of(actor)
        if person is None:
            raise PolicyDenied(
                f"nobody in ftsdk.yaml has the account {actor}; it cannot decide",
                help="map it to a person under spec.people on the default branch",
            )
        requester = self._people.of(approval.requested_by)
        if actor == approval.requested_by or (requester == person):
            raise PolicyDenied(f"{person} asked for this and cannot decide on it", help="ask somebody else")
        if not self._people.may_approve(person, approval.approvers):
            raise PolicyDenied(
                f"{person} is not among those who decide on this: {', '.join(approval.approvers)}",
                help="ask one of them",
            )
        return person

    def _count(self, connection: Connection, approval: Approval) -> None:
        votes = self._votes(connection, approval.number)
        state: State = "open"
        if any(vote.decision == "reject" for vote in votes):
            state = "rejected"
        elif len(votes) >= approval.needed:
            state = "approved"
        connection.execute(update(APPROVALS).where(APPROVALS.c.number == approval.number).values(state=state))

    def _told(self, connection: Connection, actor: str, action: str, number: int, body: dict[str, Any]) -> None:
        row = connection.execute(select(APPROVALS).where(APPROVALS.c.number == number)).one()
        about = {"approval": number, "act": row.act, "name": row.name, **body}
        audit.append(connection, self._database, actor, action, row.digest, about)

    def _one(self, connection: Connection, condition: Any) -> Approval:
        return self._value(connection, connection.execute(select(APPROVALS).where(condition)).one())

    def _votes(self, connection: Connection, number: int) -> tuple[Vote, ...]:
        query = select(VOTES).where(VOTES.c.approval == number).order_by(VOTES.c.at)
        rows = (row._asdict() for row in connection.execute(query))
        return tuple(Vote(**{key: value for key, value in row.items() if key != "approval"}) for row in rows)

    def _value(self, connection: Connection, row: Row[Any], now: float | None = None) -> Approval:
        fields = row._asdict()
        ran_out = now is not None and row.state in HOLDING and row.expires_at <= now
        return Approval(
            **{key: value for key, value in fields.items() if key not in ("amount", "approvers", "state", "plan")},
            usd=dollars(row.amount),
            approvers=tuple(row.approvers),
            state="expired" if ran_out else row.state,
            votes=self._votes(connection, row.number),
        )
