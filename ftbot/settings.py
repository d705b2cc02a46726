"""What the bot is told by its environment: FTBOT_* variables, or files that hold the secrets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

import ftsdk

SECRETS_DIRECTORY = "/run/secrets"

Token = Annotated[SecretStr | None, Field(default=None)]


class Settings(BaseSettings):
    """Every setting with its default. A secret ``ftbot_bot_token`` may be a file of that name in a secrets directory.

    ``reads_text`` says what looks for facts in what people write: ``words`` (key words, on this machine), ``off``, or a
    language model (``openai:MODEL``, ``anthropic:MODEL``), which is asked only after whoever wrote has agreed;
    ``reader_keeps`` is told them then. ``uploads`` lets people give files to be measured. ``runs_channel`` is where
    cards of runs go (a channel id; none by default); ``database_url`` may be that of the
    workspace's own store. Where ``watch_branch`` is named, specs that are merged into that protected branch of
    ``github_repository`` are applied: the workspace is a clone of it then, fetched from ``watch_remote``.
    """

    model_config = SettingsConfigDict(env_prefix="FTBOT_", extra="ignore")

    bot_token: Token
    app_token: Token
    signing_secret: Token
    github_token: Token
    github_repository: str = Field("", pattern=r"^([\w.-]+/[\w.-]+)?$")
    github_url: str = "https://api.github.com"
    github_webhook_secret: Token
    watch_branch: str = Field("", pattern=r"^([\w][\w./-]*)?$")
    watch_remote: str = ""
    watch_seconds: float = Field(60.0, gt=0)
    workspace: Path = Path()
    database_url: str = "sqlite:///.ftsdk/ftbot.db"
    runs_channel: str = ""
    reads_text: str = Field("words", pattern="^(off|words|(openai|anthropic):.+)$")
    reader_keeps: str = Field("keeps it as long as its maker's terms for the key say", max_length=200)
    uploads: bool = True
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(3000, ge=0, le=65535)
    log_format: str = Field("json", pattern="^(json|text)$")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    sockets: int = Field(2, ge=1, le=10)
    tick_seconds: float = Field(5.0, gt=0)
    slack_api_url: str = "https://slack.com"

    def secret(self, name: str) -> str:
        """A secret's text; raises UsageError when it is not set."""
        value: SecretStr | None = getattr(self, name)
        if value is None or not value.get_secret_value().strip():
            raise ftsdk.errors.UsageError(
                f"{name} is not set; nothing was started",
                help=f"set FTBOT_{name.upper()}, or write it to the file {SECRETS_DIRECTORY}/ftbot_{name}",
            )
        return value.get_secret_value().strip()

    @property
    def may_propose(self) -> bool:
        """Whether drafts can be proposed as pull requests."""
        return bool(self.github_repository and self.github_token)

    @property
    def watches(self) -> bool:
        """Whether merged specs are applied; raises UsageError when what that takes is not set."""
        if self.watch_branch and not self.may_propose:
            raise ftsdk.errors.UsageError(
                "FTBOT_WATCH_BRANCH needs a GitHub repository and a token; nothing was started",
                help="set FTBOT_GITHUB_REPOSITORY and FTBOT_GITHUB_TOKEN",
            )
        return bool(self.watch_branch)

    def secrets(self) -> tuple[str, ...]:
        """The text of every secret that is set, for the log to leave out."""
        values = (self.bot_token, self.app_token, self.signing_secret, self.github_token, self.github_webhook_secret)
        return tuple(value.get_secret_value() for value in values if value and value.get_secret_value())


def load_settings(**given: Any) -> Settings:
    """The settings of this process; raises UsageError with the name of what does not hold."""
    directory = Path(os.environ.get("FTBOT_SECRETS_DIRECTORY", SECRETS_DIRECTORY))
    try:
        return Settings(_secrets_dir=directory if directory.is_dir() else None, **given)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "FTBOT_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ftsdk.errors.UsageError(
            f"{name} does not hold: {first['msg']}; nothing was started", help="docs/ftbot.md lists the settings"
        ) from None
