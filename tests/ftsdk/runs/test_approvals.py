"""Approvals: bound to a digest, an act and an amount; counted in people; never the requester; once decided, decided."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from ftsdk.errors import FtsdkError, PolicyDenied, UsageError
from ftsdk.runs import audit
from ftsdk.runs.approvals import Approvals
from ftsdk.runs.database import Database
from tests.ftsdk.runs.made import PEOPLE, ask

DIGEST = "a" * 64


@pytest.fixture
def approvals(database: Database) -> Approvals:
    """The approvals of an empty store."""
    return Approvals(database, PEOPLE)


def test_one_of_the_leads_agrees_and_the_start_is_approved(approvals: Approvals) -> None:
    approvals.ask(ask())
    assert not approvals.approved(f"sha256:{DIGEST}", "start", Decimal("12.50"))
    decided = approvals.decide("aaaaaaaa", "github:OMAR@8c1f2aa", "approve", "within the quarter's plan")
    assert (decided.state, [vote.person for vote in decided.votes]) == ("approved", ["omar"])
    assert approvals.approved(f"sha256:{DIGEST}", "start", Decimal("12.50"))


def test_an_approval_covers_its_amount_and_its_act_and_nothing_more(approvals: Approvals) -> None:
    approvals.ask(ask())
    approvals.decide(DIGEST, "github:omar", "approve")
    assert not approvals.approved(f"sha256:{DIGEST}", "start", Decimal("12.51"))
    assert not approvals.approved(f"sha256:{DIGEST}", "promote", Decimal(1))


@pytest.mark.parametrize("actor", ["slack:T1/U0000DANA", "github:dana-d", "oidc:sub-dana"])
def test_the_requester_cannot_agree_with_any_of_their_accounts(approvals: Approvals, actor: str) -> None:
    approvals.ask(ask())
    with pytest.raises(PolicyDenied, match="dana asked for this"):
        approvals.decide(DIGEST, actor, "approve")
    assert approvals.list()[0].votes == ()


def test_two_people_are_two_people_and_not_two_accounts_of_one(approvals: Approvals) -> None:
    approvals.ask(ask(needed=2))
    assert approvals.decide(DIGEST, "slack:T1/U0000OMAR", "approve").state == "open"
    assert approvals.decide(DIGEST, "github:omar", "approve").state == "open", "omar again, by another door"
    assert approvals.decide(DIGEST, "github:lin", "approve").state == "approved"


@pytest.mark.parametrize(
    ("actor", "said"),
    [("github:stranger", "nobody in ftsdk.yaml has the account"), ("github:eve", "not among those who decide"),
     ("cli:dana@laptop", "nobody in ftsdk.yaml has the account")],
)  # fmt: skip
def test_whoever_is_not_named_decides_nothing(approvals: Approvals, actor: str, said: str) -> None:
    approvals.ask(ask())
    with pytest.raises(PolicyDenied, match=said):
        approvals.decide(DIGEST, actor, "approve")


def test_a_rejection_ends_it_and_keeps_its_reason(approvals: Approvals) -> None:
    approvals.ask(ask(needed=2))
    approvals.decide(DIGEST, "github:omar", "approve")
    ended = approvals.decide(DIGEST, "github:lin", "reject", "the test set is too small")
    assert ended.state == "rejected"
    assert ended.votes[-1].reason == "the test set is too small"
    with pytest.raises(UsageError, match="nothing that waits for approval"):
        approvals.decide(DIGEST, "github:omar", "approve")


def test_a_person_cannot_say_the_opposite_later(approvals: Approvals) -> None:
    approvals.ask(ask(needed=2))
    approvals.decide(DIGEST, "github:omar", "approve")
    with pytest.raises(PolicyDenied, match="already said approve"):
        approvals.decide(DIGEST, "github:omar", "reject")


def test_asking_twice_asks_once(approvals: Approvals) -> None:
    first = approvals.ask(ask())
    assert approvals.ask(ask()).number == first.number
    assert len(approvals.list()) == 1


def test_a_new_plan_of_the_same_spec_voids_what_was_agreed_before(approvals: Approvals) -> None:
    approvals.ask(ask())
    approvals.decide(DIGEST, "github:omar", "approve")
    approvals.ask(ask("b" * 64))
    assert not approvals.approved(f"sha256:{DIGEST}", "start", Decimal(1))
    assert [approval.state for approval in approvals.list(open_only=False)] == ["open", "void"]


def test_an_approval_that_ran_out_approves_nothing(approvals: Approvals) -> None:
    approvals.ask(ask(), expires=-1.0)
    with pytest.raises(UsageError, match="nothing that waits"):
        approvals.decide(DIGEST, "github:omar", "approve")
    assert [approval.state for approval in approvals.list(open_only=False)] == ["expired"]
    assert approvals.ask(ask()).state == "open", "and may be asked for again"


@pytest.mark.parametrize("digest", ["aaa", "bbbbbbbb", ""])
def test_a_digest_that_names_nothing_is_one_sentence(approvals: Approvals, digest: str) -> None:
    approvals.ask(ask())
    with pytest.raises(UsageError):
        approvals.decide(digest, "github:omar", "approve")


def test_last_votes_that_race_are_both_counted(database: Database) -> None:
    """Two of two people agree at the same moment: it is approved, on either database."""
    approvals = Approvals(database, PEOPLE)
    for number in range(10):
        digest = f"{number:x}" * 64
        approvals.ask(ask(digest, needed=2))
        with ThreadPoolExecutor(2) as pool:
            list(
                pool.map(lambda actor, of=digest: approvals.decide(of, actor, "approve"), ("github:omar", "github:lin"))
            )
        assert approvals.approved(f"sha256:{digest}", "start", Decimal(1))


def test_an_approval_and_a_rejection_that_race_never_end_approved_with_both(database: Database) -> None:
    approvals = Approvals(database, PEOPLE)
    for number in range(10):
        digest = f"{number:x}" * 64
        approvals.ask(ask(digest))

        def decide(actor: str, decision: str, of: str = digest) -> str:
            try:
                return approvals.decide(of, actor, decision).state  # type: ignore[arg-type]
            except FtsdkError:
                return "too late"

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(decide, ("github:omar", "github:lin"), ("approve", "reject")))
        [decided] = [found for found in approvals.list(open_only=False) if found.digest == f"sha256:{digest}"]
        assert len(decided.votes) == 1, "the second found it decided"
        assert decided.state == ("approved" if decided.votes[0].decision == "approve" else "rejected")


def test_everything_said_is_in_the_audit(approvals: Approvals, database: Database) -> None:
    approvals.ask(ask())
    approvals.decide(DIGEST, "github:omar", "approve", "fine")
    told = [(entry.actor, entry.action) for entry in audit.entries(database)]
    assert told == [("slack:T1/U0000DANA", "approval.asked"), ("github:omar", "approval.approve")]
