"""A spec as a revision has it: what a branch is compared with where the store knows no run."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ftsdk.errors import FtsdkError
from ftsdk.plan.snapshot import Last
from ftsdk.spec import examine, examine_bytes, files_named

if TYPE_CHECKING:
    from ftsdk.cli.changed import Revision
    from ftsdk.planning import Planning
    from ftsdk.spec import ProjectFile, SpecFile


def last_at(
    revision: Revision, called: str, spec_file: SpecFile, project: ProjectFile, planning: Planning
) -> Last | None:
    """The spec and the files that it names as ``revision`` has them, which people call ``called``.

    ``project`` is that of the revision. None where it has no such spec that holds.
    """
    path = project.root / spec_file.path
    content = revision.content(path)
    if content is None:
        return None
    names = revision.names(files_named(examine_bytes(content, path, project), project))
    key = _key(spec_file.path, content, project, names)
    found = planning.kept.read("base", key, Last)
    if found is None:
        found = _read(revision, {path: content, **revision.contents(names)}, spec_file, project, planning)
        if found is not None:
            planning.kept.write("base", key, found)
    return found.model_copy(update={"run": called}) if found else None


def _key(path: str, content: bytes, project: ProjectFile, names: dict[Path, str]) -> str:
    """What a spec of a revision is made of: its own text, the project's, and the files that it names."""
    files = {os.path.relpath(file, project.root): name for file, name in names.items()}
    text = content.decode("utf-8", "replace")
    defaults = project.defaults.get("spec", "defaults") if project.defaults else None
    what = [path, text, project.project.model_dump(mode="json"), defaults, files]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _read(
    revision: Revision, contents: dict[Path, bytes], spec_file: SpecFile, project: ProjectFile, planning: Planning
) -> Last | None:
    """The spec, read where its files are laid out as they were."""
    with TemporaryDirectory(prefix="ftsdk-base-") as directory:
        there = Path(directory).resolve()
        for file, data in contents.items():
            copy = there / os.path.relpath(file, project.root)
            if not copy.is_relative_to(there):
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
        checked = examine(there / spec_file.path, project.model_copy(update={"root": there}))
        if checked.spec is None:
            return None
        try:
            inputs = planning.inputs_of(checked.spec)
        except FtsdkError:
            return None
        return Last(
            run=revision.commit, phase="base", digest="", fingerprint="", spec=checked.spec.spec,
            spec_path=spec_file.path, inputs=inputs, training_sha256="", system_prompt=checked.spec.system_prompt,
            trained=False,
        )  # fmt: skip
