"""A spec as a revision has it: what a branch is compared with where the store knows no run."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ftsdk.cli.changed import content_at
from ftsdk.errors import FtsdkError
from ftsdk.plan.snapshot import Last
from ftsdk.spec import examine, examine_bytes, files_named

if TYPE_CHECKING:
    from ftsdk.spec import SpecFile
    from ftsdk.workspace import Workspace


def last_at(reference: str, spec_file: SpecFile, workspace: Workspace) -> Last | None:
    """The spec and the files that it names as ``reference`` has them; None where it has no such spec that holds."""
    path = workspace.root / spec_file.path
    content = content_at(reference, path)
    if content is None:
        return None
    named = list(files_named(examine_bytes(content, path, workspace.project_file), workspace.project_file))
    with TemporaryDirectory(prefix="ftsdk-base-") as directory:
        there = Path(directory).resolve()
        for file, data in [(path, content), *((file, content_at(reference, file)) for file in dict.fromkeys(named))]:
            copy = there / os.path.relpath(file, workspace.root)
            if data is None or not copy.is_relative_to(there):
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
        project = workspace.project_file.model_copy(update={"root": there})
        checked = examine(there / spec_file.path, project)
        if checked.spec is None:
            return None
        try:
            inputs = workspace.planning.inputs_of(checked.spec)
        except FtsdkError:
            return None
        return Last(
            run=reference, phase="base", digest="", fingerprint="", spec=checked.spec.spec, spec_path=spec_file.path,
            inputs=inputs, training_sha256="", system_prompt=checked.spec.system_prompt, trained=False,
        )  # fmt: skip
