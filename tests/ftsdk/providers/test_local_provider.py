"""What the local provider says before it trains, and what leads to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftsdk.catalogue import find_model
from ftsdk.diagnostics import Severity
from ftsdk.errors import ModelMissing, ProviderError
from ftsdk.providers import Estimator, Resumable, TokenCounter
from ftsdk.providers.connect import connect
from ftsdk.providers.local import LocalProvider
from ftsdk.providers.local_checks import check_order, check_rows
from ftsdk.providers.local_estimate import estimate_seconds, flop_per_token
from ftsdk.spec.connections import PluginConnection
from ftsdk.spec.local_connection import LocalConnection

from .conftest import HYPERPARAMETERS, MakeOrder, MakeProvider, chat


def words(messages) -> int:
    """Stands for a tokenizer."""
    return sum(len(message.content.split()) for message in messages)


def test_a_connection_of_type_local_leads_to_the_embedded_engine(tmp_path: Path):
    provider = connect("local", LocalConnection(type="local", model_path="models/mine.gguf"), tmp_path)
    known = provider.capabilities("smollm2-135m-instruct")
    assert not known.available
    assert known.serves_tuned
    assert "not for production quality" in known.note
    assert isinstance(provider, Resumable)
    assert isinstance(provider, Estimator)
    assert isinstance(provider, TokenCounter)


def test_third_parties_register_connection_types_as_entry_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An installed package, as pip would have left it."""
    installed = tmp_path / "elsewhere-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[ftsdk.providers]\nelsewhere = elsewhere:build\n")
    (tmp_path / "elsewhere.py").write_text(
        "from ftsdk.testing import ScriptedProvider\n\n"
        "def build(name, connection, root):\n    return ScriptedProvider(f'{name} of {connection.plugin}')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    theirs = PluginConnection(type="plugin", plugin="elsewhere")
    assert connect("mine", theirs, tmp_path).name == "mine of elsewhere"
    with pytest.raises(ProviderError, match="no installed package serves") as unknown:
        connect("x", PluginConnection(type="plugin", plugin="nowhere"), tmp_path)
    help = unknown.value.help or ""
    assert "elsewhere, local" in help and "nowhere" not in help


def test_a_model_that_is_not_here_is_found_before_training(tmp_path: Path, make_order: MakeOrder):
    provider = LocalProvider("local", tmp_path / "jobs", cache=tmp_path / "cache")
    finding = next(one for one in provider.check(make_order()) if one.code == "local/model")
    assert finding.help == "ft models pull smollm2-135m-instruct"
    with pytest.raises(ModelMissing):
        provider.create(make_order(), provider.upload(make_order()))
    assert provider.find("key-1") == ()


def test_a_model_that_nobody_knows_is_named(make_provider: MakeProvider):
    with pytest.raises(ModelMissing, match="no model 'smollm3'"):
        make_provider().capabilities("smollm3")


def test_rows_that_cannot_be_trained_on_are_named_with_their_line(make_order: MakeOrder):
    rows: list[dict[str, object]] = [
        chat("fine"),
        chat("long " * 100),
        chat("no prompt", system=None),
        {"messages": [{"role": "user", "content": "no answer"}]},
        {"text": "no chat"},
    ]
    order = make_order(rows=rows)
    findings = list(check_rows(order, words))
    assert [(one.code, one.place.line if one.place else None) for one in findings] == [
        ("local/row-length", 2),
        ("local/row-prompt", 3),
        ("local/row", 4),
        ("local/row", 5),
    ]
    assert "103 tokens, more than the 64" in findings[0].message


def test_a_training_file_that_is_gone_or_changed_is_found(make_order: MakeOrder):
    order = make_order()
    Path(order.train.path).write_text("changed\n")
    assert [one.code for one in check_rows(order, words)] == ["local/train-changed"]
    Path(order.train.path).unlink()
    assert [one.code for one in check_rows(order, words)] == ["local/train-missing"]


def test_a_method_or_length_that_the_model_does_not_have_is_refused(make_order: MakeOrder, tmp_path: Path):
    row = find_model("smollm2-135m-instruct")
    order = make_order(method="dpo", max_tokens=4096)
    errors = [one.code for one in check_order(order, row, tmp_path) if one.severity is Severity.error]
    assert errors == ["local/method", "local/context"]


def test_more_tuned_layers_cost_more_and_more_epochs_cost_less_a_token():
    """Layers below the adapters run once in all epochs."""
    one = flop_per_token(HYPERPARAMETERS.model_copy(update={"layers": 10}))
    assert flop_per_token(HYPERPARAMETERS.model_copy(update={"layers": 30})) > one
    assert flop_per_token(HYPERPARAMETERS.model_copy(update={"layers": 10, "epochs": 2})) < one


def test_an_estimate_is_a_range_around_what_is_likely():
    low, likely, high = estimate_seconds(40_000, HYPERPARAMETERS)
    assert 0 < low < likely < high
    assert estimate_seconds(80_000, HYPERPARAMETERS)[1] > likely
