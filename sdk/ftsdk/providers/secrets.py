"""Secrets by reference: an environment variable, a mounted file, or a resolver that another package brings.

A reference is what ftsdk.yaml holds; what it stands for is read when it is used, is wrapped so that printing it shows
stars, and is part of no message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import SecretStr

from ftsdk.errors import ProviderError
from ftsdk.spec.connections import EnvSecret, FileSecret, Secret
from ftsdk.spec.files import Unfit, open_regular

GROUP = "ftsdk.secrets"
MAX_BYTES = 65_536

# A resolver takes the reference's key and returns the secret; it raises LookupError when it has none of that name.
Resolver = Callable[[str], str]


def read_secret(secret: Secret, *, environment: Mapping[str, str], root: Path) -> SecretStr:
    """What ``secret`` stands for; relative file paths start at ``root``.

    Third parties register a `Resolver` in the entry-point group ``ftsdk.secrets``. Raises ProviderError.
    """
    if isinstance(secret, EnvSecret):
        text, where = environment.get(secret.env, ""), f"the environment variable {secret.env}"
        help = f"export {secret.env}=..., or name another place in ftsdk.yaml"
    elif isinstance(secret, FileSecret):
        text, where = _file(root / secret.file, secret.file), f"the file {secret.file}"
        help = "write the secret there, or name another place in ftsdk.yaml"
    else:
        text, where = _resolved(secret.resolver, secret.key), f"{secret.key} of the resolver {secret.resolver}"
        help = f"store it there, or name another place in ftsdk.yaml; the resolver is asked for {secret.key!r}"
    if not text.strip():
        raise ProviderError(f"there is no secret in {where}", help=help, owner="configuration")
    return SecretStr(text.strip())


def _file(path: Path, shown: str) -> str:
    try:
        with open_regular(path, shown) as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise Unfit("spec/large-file", f"'{shown}' is larger than any secret", "name the file with the secret")
        return data.decode("utf-8")
    except (Unfit, OSError, UnicodeDecodeError) as reason:
        why = reason.message if isinstance(reason, Unfit) else f"'{shown}' cannot be read as text"
        raise ProviderError(f"a secret of ftsdk.yaml: {why}", help="check the path", owner="configuration") from None


def _resolved(name: str, key: str) -> str:
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=name):
        resolve: Resolver = point.load()
        try:
            return resolve(key)
        except LookupError:
            return ""
    installed = ", ".join(sorted(point.name for point in entry_points(group=GROUP))) or "none"
    raise ProviderError(
        f"the secret resolver {name!r} of ftsdk.yaml is not installed",
        help=f"install the package that brings it; installed here: {installed}",
        owner="configuration",
    )
