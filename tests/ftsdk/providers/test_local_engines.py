"""Which engine a connection picks, and what it says where the engine's extra or number format is missing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from ftsdk.catalogue.models import find_model
from ftsdk.errors import ExtraMissing
from ftsdk.providers.connect import connect
from ftsdk.providers.local import LocalProvider
from ftsdk.providers.local_checks import check_order
from ftsdk.providers.local_engine import Engine, smol, torch
from ftsdk.spec.local_connection import LocalConnection
from tests.ftsdk.providers.conftest import MakeOrder


def test_a_connection_with_engine_torch_is_opened_without_torch(tmp_path: Path) -> None:
    provider = connect("gpu", LocalConnection(type="local", engine="torch"), tmp_path)
    assert "Torch trainer" in provider.capabilities("smollm2-135m-instruct").note


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed here")
def test_a_missing_extra_says_which_pip_install_mends_it(
    tmp_path: Path, model_file: Path, make_order: MakeOrder
) -> None:
    provider = LocalProvider("gpu", tmp_path / "jobs", model_file, engine=torch())
    for act in (provider.check, lambda order: provider.create(order, "file")):
        with pytest.raises(ExtraMissing) as failure:
            act(make_order())
        assert failure.value.message == "the package 'torch' is not installed"
        assert failure.value.help == "pip install 'ftbot[torch]' brings it"
    assert not (tmp_path / "jobs").exists(), "nothing was started"


def test_several_processes_are_started_by_torchrun() -> None:
    assert "torch.distributed.run" not in torch().trainer
    several = torch(processes=2).trainer
    assert several[several.index("--nproc-per-node") + 1] == "2"
    assert several[-1] == "ftsdk.trainers.torch"


def test_a_precision_that_the_engine_lacks_is_refused_before_training(tmp_path: Path, make_order: MakeOrder) -> None:
    order = make_order()
    half = order.model_copy(update={"settings": order.settings.model_copy(update={"precision": "bf16"})})
    row, refused = find_model(order.model), ("local/method", "this engine does not compute in bf16")

    def told(engine: Engine) -> list[tuple[str, str]]:
        return [(one.code, one.message) for one in check_order(half, row, tmp_path, engine.precisions)]

    assert refused in told(smol())
    assert refused not in told(torch())
