"""What is exported is what was trained: as a PEFT directory, merged into weights, and as a GGUF file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ftsdk.errors import ProviderError
from ftsdk.trainers.smol.export import MODULES, columns, merge_adapter, write_adapter, write_merged_gguf
from ftsdk.trainers.smol.gguf_file import read_gguf
from ftsdk.trainers.smol.job import run_job
from ftsdk.trainers.smol.lora import MATRICES, Adapter
from ftsdk.trainers.smol.safetensors import read_safetensors, to_safetensors
from ftsdk.trainers.smol.weights import Llama, load_llama
from tests.ftsdk.trainers.tiny_model import LAYERS, write_job


@pytest.fixture
def model(tiny_model: Path) -> Llama:
    return load_llama(tiny_model)


@pytest.fixture
def adapter(model: Llama) -> Adapter:
    """A trained adapter is one whose B is not zero."""
    adapter = Adapter(model, layers=2, rank=4, alpha=8.0, seed=1)
    adapter.theta += 0.01
    adapter.install()
    return adapter


def test_merged_weights_compute_what_the_adapter_computes(model: Llama, adapter: Adapter, tmp_path: Path) -> None:
    write_adapter(tmp_path / "adapter", adapter, model.config, "# card\n")
    merge_adapter(model, tmp_path / "adapter")
    random = np.random.Generator(np.random.PCG64(2))
    for index, layer in enumerate(adapter.layers, LAYERS - 2):
        for name, matrix in zip(MATRICES, layer.matrices(), strict=True):
            augmented = matrix.room(5)
            augmented[:, : matrix.inputs] = x = random.standard_normal((5, matrix.inputs)).astype(np.float32)
            y = matrix.forward(augmented)
            np.testing.assert_allclose(x @ getattr(model.layers[index], name), y, rtol=1e-4, atol=1e-4)


def test_the_export_has_one_pair_for_every_projection_of_the_top_layers(
    model: Llama, adapter: Adapter, tmp_path: Path
) -> None:
    write_adapter(tmp_path / "adapter", adapter, model.config, "# card\n")
    settings = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    tensors = read_safetensors(tmp_path / "adapter" / "adapter_model.safetensors")
    assert settings["layers_to_transform"] == [2, 3]
    assert len(tensors) == 2 * 2 * len(settings["target_modules"]) == 2 * 2 * 7
    widths = {module: span.stop - span.start for module, span in columns(model.config).items()}
    for modules in MODULES.values():
        for module in modules:
            assert tensors[f"base_model.model.model.layers.3.{module}.lora_B.weight"].shape == (widths[module], 4)


def test_equal_weights_have_equal_hashes(model: Llama, adapter: Adapter, tmp_path: Path) -> None:
    first = write_adapter(tmp_path / "one", adapter, model.config, "# one\n")
    assert write_adapter(tmp_path / "two", adapter, model.config, "# two\n") == first


def test_tensors_come_back_as_they_were_written(tmp_path: Path) -> None:
    tensors = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.float32([1.5])}
    (tmp_path / "x.safetensors").write_bytes(to_safetensors(tensors))
    back = read_safetensors(tmp_path / "x.safetensors")
    assert list(back) == ["a", "b"]
    np.testing.assert_array_equal(back["b"], tensors["b"])


def test_an_adapter_of_another_model_is_refused(model: Llama, adapter: Adapter, tmp_path: Path) -> None:
    write_adapter(tmp_path / "adapter", adapter, model.config, "# card\n")
    path = tmp_path / "adapter" / "adapter_model.safetensors"
    deeper = {name.replace("layers.3", "layers.77"): value for name, value in read_safetensors(path).items()}
    path.write_bytes(to_safetensors(deeper))
    with pytest.raises(ProviderError, match="another model"):
        merge_adapter(model, tmp_path / "adapter")


def test_a_merged_gguf_holds_the_merged_weights_and_the_old_header(
    tiny_model: Path, model: Llama, adapter: Adapter, tmp_path: Path
) -> None:
    write_adapter(tmp_path / "adapter", adapter, model.config, "# card\n")
    write_merged_gguf(tmp_path / "merged.gguf", model, merge_adapter(model, tmp_path / "adapter"))
    merged = load_llama(tmp_path / "merged.gguf")
    assert merged.file.values == read_gguf(tiny_model).values
    for ours, theirs in zip(model.layers, merged.layers, strict=True):
        for name in MATRICES:
            np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), atol=0.01)


def test_the_card_names_base_data_prompt_and_numbers(tiny_model: Path, tmp_path: Path) -> None:
    config = write_job(tmp_path, tiny_model, epochs=1)
    assert run_job(str(tmp_path / "config.json")) == 0
    card = (Path(config.output) / "adapter" / "README.md").read_text()
    for expected in (config.data_sha256, config.model_sha256, "Sort the letters.", '"rank": 4', "numpy", "Python"):
        assert expected in card
