"""The ceiling of a run: a job that costs more is stopped where its provider can, and what was spent is said."""

from __future__ import annotations

from ftsdk.errors import BudgetStop, ProviderError
from ftsdk.providers.base import JobState, Poll
from ftsdk.testing import ScriptedProvider, workspace
from ftsdk.testing.example import SPEC, right_answers

RUNNING = (JobState.running,) * 6 + (JobState.succeeded,)
FILES = {"specs/example.yaml": SPEC.replace("spec:\n", "spec:\n  budget: {max_usd: 5}\n", 1)}


class Dear(ScriptedProvider):
    """Bills two dollars a look."""

    billed = 0.0

    def poll(self, job: str, cursor: str = "") -> Poll:
        """What the script says, and what it has cost."""
        found = super().poll(job, cursor)
        self.billed += 2.0 if found.state is JobState.running else 0.0
        return found.model_copy(update={"usd": self.billed})


class Unstoppable(Dear):
    """Does not cancel, as providers whose jobs are queued in batches."""

    def cancel(self, job: str) -> None:
        raise ProviderError("jobs cannot be cancelled here")


def test_a_job_that_costs_more_than_its_ceiling_is_stopped_and_says_what_it_cost() -> None:
    with workspace(Dear(states=RUNNING, tuned=right_answers()), files=FILES) as ws:
        run = ws.apply("specs/example.yaml").wait()
        assert isinstance(run.error, BudgetStop)
        assert (run.error.exit_code, run.error.owner) == (20, "budget")
        said = "the job has cost $6.00 by now, more than its ceiling of $5.00; it was stopped, no alias moved"
        assert run.error.message == said
        assert ws.store.aliases() == ()


def test_where_a_job_cannot_be_stopped_it_goes_on_and_is_told_of_once() -> None:
    with workspace(Unstoppable(states=RUNNING, tuned=right_answers()), files=FILES) as ws:
        run = ws.apply("specs/example.yaml").wait()
        assert run.row.phase == "done"
        told = [event.text for event in run.events() if "ceiling" in event.text]
        assert told == [
            "the job has cost $6.00 by now, more than its ceiling of $5.00, and its provider does not stop it "
            "(jobs cannot be cancelled here); it goes on"
        ]


def test_a_run_knows_how_far_it_is_and_what_it_has_cost() -> None:
    with workspace(Dear(states=RUNNING, tuned=right_answers())) as ws:
        run = ws.apply("specs/example.yaml")
        seen = [run.row.data["so_far"] for event in run.watch() if event.kind == "metric"]
        assert seen[-1]["share"] == 1.0
        assert seen[-1]["usd"] == 12.0
        assert all(known["billed"] for known in seen)
