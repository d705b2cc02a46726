"""By batch the same answers come at half the price, from one job whatever goes wrong at its beginning."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ftsdk.data.value import Message, Row
from ftsdk.errors import BudgetStop, ModelMissing, ProviderError, UsageError
from ftsdk.evals import Journal, answer_rows, build_graders
from ftsdk.evals.batches import Begun, Note, Waits, Wanted, answer_by_batch
from ftsdk.evals.conduct import Case, Outside, conduct
from ftsdk.evals.runner import Asking, Budget
from ftsdk.evals.value import Arm
from ftsdk.providers import throttle
from ftsdk.providers.answering import anthropic_answers, openai_answers
from ftsdk.providers.inference import Answer, InferenceClient, Params, Usage, batches_of
from ftsdk.spec.connections import AnthropicConnection, OpenAIConnection
from ftsdk.spec.evaluation import Evaluation
from ftsdk.testing import ScriptedInference
from tests.services.batches import AnthropicBatches, OpenAIBatches
from tests.services.service import KEY, Fault, Service, serving

QUICK = Waits(look=0.01, find=0.01, finds=4)
ARM = Arm(name="base", kind="base", model="gpt-4.1-mini")
CREATED = Fault(500, before=False, only="POST /v1/batches")


CLAUDE = Arm(name="base", kind="base", model="claude-haiku-5-5")


@pytest.fixture
def anthropic(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicBatches]:
    monkeypatch.setattr(throttle, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("KEY", KEY)
    made = AnthropicBatches()
    with serving(made):
        yield made


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIBatches]:
    monkeypatch.setattr(throttle, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("KEY", KEY)
    made = OpenAIBatches()
    with serving(made):
        yield made


def client(service: Service, model: str = ARM.model, api: str = "chat") -> InferenceClient:
    if isinstance(service, AnthropicBatches):
        known = AnthropicConnection.model_validate({"type": "anthropic", "api_key": {"env": "KEY"}})
        return anthropic_answers(known, Path(), service.address)(model)
    connection = OpenAIConnection.model_validate({"type": "openai", "api_key": {"env": "KEY"}, "api": api})
    return openai_answers(connection, Path(), f"{service.address}/v1")(model)


def rows(count: int) -> list[Row]:
    turns = [(Message(role="user", content=f"q{n}"), Message(role="assistant", content=f"q{n}")) for n in range(count)]
    return [Row(id=f"r{n}", line=n + 1, messages=both) for n, both in enumerate(turns)]


def by_batch(
    service: Service,
    path: Path,
    count: int = 12,
    arms: tuple[Arm, ...] = (ARM,),
    budget: Budget | None = None,
    cost: Callable[[Usage], float] | None = None,
    api: str = "chat",
) -> dict[str, dict[int, Answer]]:
    answers: dict[str, dict[int, Answer]] = {arm.name: {} for arm in arms}

    async def ask() -> None:
        with Journal(path) as journal:
            async with client(service, arms[0].model, api) as asked:
                batches = batches_of(asked)
                assert batches is not None
                wanted = [Wanted(arm, lambda: rows(count), answers[arm.name].__setitem__) for arm in arms]
                asking = Asking(Params(), budget=budget or Budget())
                await answer_by_batch(wanted, asked, batches, asking, journal, cost, QUICK)

    asyncio.run(ask())
    return answers


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_all_arms_of_a_model_go_out_as_one_batch_and_singles_find_their_answers(
    service: OpenAIBatches, tmp_path: Path, api: str
) -> None:
    budget, prompted = Budget(), ARM.model_copy(update={"name": "prompted", "system_prompt": "Be brief."})
    found = by_batch(service, tmp_path / "j", arms=(ARM, prompted), budget=budget, cost=lambda _usage: 1.0, api=api)
    assert [found["prompted"][n].text for n in range(12)] == [f"q{n}" for n in range(12)]
    assert len(service.batches) == 1
    assert budget.spent == 1 + 23 / 2, "the first question is asked alone"
    asked = len(service.seen)

    async def singly() -> dict[str, Answer]:
        with Journal(tmp_path / "j") as journal:
            async with client(service) as single:
                return await answer_rows(ARM, rows(12), single, Params(), journal)

    assert asyncio.run(singly())["r7"] == found["base"][7]
    assert by_batch(service, tmp_path / "j", arms=(ARM, prompted), api=api) == found
    assert len(service.seen) == asked


def test_a_beginning_that_was_not_answered_is_looked_for_and_not_repeated(
    service: OpenAIBatches, tmp_path: Path
) -> None:
    service.faults.append(CREATED)
    service.late = 2
    assert by_batch(service, tmp_path / "j")["base"][3].text == "q3"
    assert len(service.batches) == 1


def test_a_beginning_that_never_was_is_made_up_for(service: OpenAIBatches, tmp_path: Path) -> None:
    service.faults.append(CREATED._replace(before=True))
    by_batch(service, tmp_path / "j")
    assert len(service.batches) == 1


def test_where_nothing_is_shown_no_second_batch_is_begun(service: OpenAIBatches, tmp_path: Path) -> None:
    service.faults += [CREATED, *[Fault(500, only="GET /v1/batches")] * 4]
    with pytest.raises(ProviderError, match="500"):
        by_batch(service, tmp_path / "j")
    by_batch(service, tmp_path / "j")
    assert len(service.batches) == 1


def test_looks_that_fail_are_repeated(service: OpenAIBatches, tmp_path: Path) -> None:
    service.faults += [Fault(500, only="GET /v1/batches"), Fault(0, only="content")]
    assert len(by_batch(service, tmp_path / "j")["base"]) == 12


def test_what_was_asked_before_a_crash_is_waited_for_with_its_own_answers(
    service: OpenAIBatches, tmp_path: Path
) -> None:
    by_batch(service, tmp_path / "j")
    [batch] = service.batches.values()
    lines = (tmp_path / "j").read_bytes().splitlines(keepends=True)
    (tmp_path / "j").write_bytes(b"".join(lines[:5])[:-3])
    Note(tmp_path / "j.batch").write(Begun(batch["metadata"]["ftsdk"], time.time()))
    assert len(by_batch(service, tmp_path / "j")["base"]) == 12
    assert len(service.batches) == 1
    assert not (tmp_path / "j.batch").exists()


def test_a_crash_before_the_beginning_begins_anew(service: OpenAIBatches, tmp_path: Path) -> None:
    Note(tmp_path / "j.batch").write(Begun("never-sent", time.time()))
    by_batch(service, tmp_path / "j")
    assert len(service.batches) == 1


def test_questions_that_failed_count_as_failed_and_are_asked_again(service: OpenAIBatches, tmp_path: Path) -> None:
    service.fails = "q7"
    found = by_batch(service, tmp_path / "j")["base"]
    assert (found[7].finish_reason, found[7].error) == ("error", "The model broke.")
    assert sum(answer.finish_reason == "error" for answer in found.values()) == 1
    service.fails = ""
    assert by_batch(service, tmp_path / "j")["base"][7].text == "q7"
    assert len(service.batches) == 1, "one question alone needs no batch"


def test_a_batch_that_is_refused_as_a_whole_is_told_and_may_be_begun_again(
    service: OpenAIBatches, tmp_path: Path
) -> None:
    service.end = "failed"
    with pytest.raises(ProviderError, match=r"refused the batch batch_0001: Too many\.; it cost nothing"):
        by_batch(service, tmp_path / "j")
    service.end = "completed"
    assert len(by_batch(service, tmp_path / "j")["base"]) == 12
    assert len(service.batches) == 2


def test_what_expired_brings_the_answers_that_came(service: OpenAIBatches, tmp_path: Path) -> None:
    service.end = "expired"
    assert by_batch(service, tmp_path / "j")["base"][3].text == "q3"


def test_a_batch_that_could_pass_the_budget_is_not_sent(service: OpenAIBatches, tmp_path: Path) -> None:
    with pytest.raises(BudgetStop, match=r"a batch of 11 questions could cost \$5\.5000, and \$4\.0000 of \$5\.00 are"):
        by_batch(service, tmp_path / "j", budget=Budget(5.0), cost=lambda _usage: 1.0)
    assert service.batches == {}


def test_a_batch_under_way_that_is_not_shown_is_not_forgotten(service: OpenAIBatches, tmp_path: Path) -> None:
    Note(tmp_path / "j.batch").write(Begun("sent", time.time(), "batch_0001"))
    with pytest.raises(ProviderError) as told:
        by_batch(service, tmp_path / "j")
    assert str(tmp_path / "j.batch") in (told.value.help or "")
    assert (tmp_path / "j.batch").exists()
    assert service.batches == {}


def test_two_at_once_begin_one_batch(service: OpenAIBatches, tmp_path: Path) -> None:
    with Note(tmp_path / "j.batch").held(), pytest.raises(UsageError, match="another process waits for a batch"):
        by_batch(service, tmp_path / "j")
    assert service.batches == {}


def test_a_model_that_is_not_there_is_told_before_anything_is_sent(service: OpenAIBatches, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        by_batch(service, tmp_path / "j", arms=(ARM.model_copy(update={"model": "gpt-9"}),))
    assert service.files == {}


def test_an_evaluation_asks_by_batch_where_it_can_and_says_where_it_cannot(
    service: OpenAIBatches, tmp_path: Path
) -> None:
    metric = {"name": "exact", "type": "exact"}
    said = {"dataset": "d", "arms": ["base", "tuned"], "metrics": [metric]}
    evaluation = Evaluation.model_validate_json(json.dumps(said))
    arms = [
        ARM,
        Arm(name="other", kind="model", model="gpt-4.1"),
        Arm(name="here", kind="tuned", model="t", connection="local"),
    ]
    case = Case(
        name="batched", evaluation=evaluation, arms=arms, rows=rows(12), sampled_from=12, held_out=True,
        graders=build_graders(evaluation.metrics, str),
    )  # fmt: skip
    outside = Outside(
        client_of=lambda connection, model: ScriptedInference(model, {}) if connection else client(service, model),
        journal_of=lambda arm: tmp_path / arm.model,
        judge_journal=tmp_path / "judges",
        cost_of=lambda _connection, _model: None,
        read_text=str,
        tell=lambda *_far: None,
        batch=QUICK,
    )
    found = asyncio.run(conduct(case, outside))
    assert [summary.metrics["exact"].value for summary in found.arms] == [1.0, 1.0, 1.0]
    assert len(service.batches) == 2
    assert "here: asked one by one, because its connection takes no batches" in found.notes


def test_anthropics_batch_is_one_at_half_the_price(anthropic: AnthropicBatches, tmp_path: Path) -> None:
    budget = Budget()
    found = by_batch(anthropic, tmp_path / "j", arms=(CLAUDE,), budget=budget, cost=lambda _usage: 1.0)["base"]
    assert [found[n].text for n in range(12)] == [f"q{n}" for n in range(12)]
    assert (len(anthropic.batches), budget.spent) == (1, 1 + 11 / 2)
    asked = len(anthropic.seen)
    assert by_batch(anthropic, tmp_path / "j", arms=(CLAUDE,))["base"] == found
    assert len(anthropic.seen) == asked


def test_anthropics_batch_whose_beginning_was_not_answered_is_waited_for_and_known_by_its_answers(
    anthropic: AnthropicBatches, tmp_path: Path
) -> None:
    anthropic.begun_by_others(ended=True)
    anthropic.begun_by_others(ended=False)
    anthropic.faults.append(Fault(500, before=False, only="POST /v1/messages/batches"))
    assert by_batch(anthropic, tmp_path / "j", arms=(CLAUDE,))["base"][5].text == "q5"
    assert len(anthropic.batches) == 3


def test_anthropics_questions_that_failed_or_expired_count_as_failed(
    anthropic: AnthropicBatches, tmp_path: Path
) -> None:
    anthropic.become = {"q3": "errored", "q4": "expired"}
    found = by_batch(anthropic, tmp_path / "j", arms=(CLAUDE,))["base"]
    assert [found[place].error for place in (3, 4)] == ["It broke.", "it expired before it was answered"]
    anthropic.become = {}
    again = by_batch(anthropic, tmp_path / "j", arms=(CLAUDE,))["base"]
    assert [again[place].text for place in (3, 4)] == ["q3", "q4"]
