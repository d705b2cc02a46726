"""Connections to other machines: accounts. A secret is never written in one, only where it is found."""

from typing import Annotated, Literal

from pydantic import Field

from ftsdk.spec.fields import Address, Name, Says, SpecValue, Text, source

EnvName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=128),
    Says("the name of an environment variable", secret=True),
]


class EnvSecret(SpecValue):
    """A secret in an environment variable."""

    env: EnvName = Field(description="Name of the variable.")


class FileSecret(SpecValue):
    """A secret in a file, as Docker and Kubernetes mount them."""

    file: Annotated[str, Field(min_length=1, max_length=1024)] = Field(description="Path of the file.")


class ResolvedSecret(SpecValue):
    """A secret that an installed resolver finds (entry-point group ``ftsdk.secrets``)."""

    resolver: Name = Field(description="Name of the entry point.")
    key: Text = Field(description="What the resolver is asked for.")


Secret = Annotated[
    EnvSecret | FileSecret | ResolvedSecret,
    Says("{env: NAME}, {file: PATH} or {resolver: NAME, key: KEY}", secret=True),
]


class OpenAIConnection(SpecValue):
    """An OpenAI account."""

    type: Literal["openai"] = Field(description="OpenAI.")
    api_key: Secret = Field(description="Where the key is found.")
    organization: Text | None = Field(None, description="Organisation; the key's own when absent.")
    project: Text | None = Field(None, description="Project; the key's own when absent.")
    webhook_secret: Secret | None = Field(None, description="Where the webhooks' secret is found; polled when absent.")
    api: Literal["chat", "responses"] = Field(
        "chat",
        description="Endpoint that answers are asked at; some models serve only one.",
        json_schema_extra=source("the one that every server has"),
    )


class AzureConnection(SpecValue):
    """Azure OpenAI or Microsoft Foundry: the openai flavour with its own limits and a paid deployment."""

    type: Literal["azure"] = Field(description="Azure OpenAI or Microsoft Foundry.")
    endpoint: Address = Field(description="https://RESOURCE.openai.azure.com")
    api_key: Secret = Field(description="Where the key is found.")
    training_type: Literal["Standard", "GlobalStandard", "developerTier"] = Field(
        "Standard",
        description="Where training may run.",
        json_schema_extra=source("data stays in the resource's region"),
    )
    api: Literal["chat", "responses"] = Field(
        "chat",
        description="Endpoint that answers are asked at; some models serve only one.",
        json_schema_extra=source("the one that every server has"),
    )
    subscription: Text | None = Field(None, description="Subscription that deploys; no deployment when absent.")
    resource_group: Text | None = Field(None, description="Resource group that deploys; no deployment when absent.")
    management_token: Secret | None = Field(
        None, description="Where the token that deploys is found; none when absent."
    )


class OpenAICompatibleConnection(SpecValue):
    """Anything that speaks OpenAI's wire protocol: gateways, Bedrock mantle, self-hosted servers."""

    type: Literal["openai_compatible"] = Field(description="Anything that speaks OpenAI's wire protocol.")
    base_url: Address = Field(description="Address that ends before /chat/completions.")
    api_key: Secret | None = Field(None, description="Where the key is found; none is sent when absent.")
    api: Literal["chat", "responses"] = Field(
        "chat",
        description="Endpoint that answers are asked at; some models serve only one.",
        json_schema_extra=source("the one that every server has"),
    )


class AnthropicConnection(SpecValue):
    """An Anthropic account: answers and judges; nothing is trained there."""

    type: Literal["anthropic"] = Field(description="Anthropic; answers and judges, no training.")
    api_key: Secret = Field(description="Where the key is found.")


class BedrockConnection(SpecValue):
    """Amazon Bedrock; credentials are found as AWS clients find them."""

    type: Literal["bedrock"] = Field(description="Amazon Bedrock.")
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$"), Says("an AWS region such as us-west-2")] = (
        Field(description="For example us-west-2.")
    )
    role_arn: Text = Field(description="Role that the training job takes on.")
    bucket: Annotated[
        str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?$"), Says("an s3:// address")
    ] = Field(description="Where data goes in and models come out.")
    profile: Text | None = Field(None, description="Named AWS profile; the default chain when absent.")


class TogetherConnection(SpecValue):
    """A Together account."""

    type: Literal["together"] = Field(description="Together.")
    api_key: Secret = Field(description="Where the key is found.")


class RayConnection(SpecValue):
    """A Ray cluster that runs the torch trainer."""

    type: Literal["ray"] = Field(description="A Ray cluster.")
    address: Address = Field(description="Address of its dashboard, for example http://ray-head:8265.")
    token: Secret | None = Field(None, description="Where its token is found; none is sent when absent.")


class PluginConnection(SpecValue):
    """A provider that another package brings (entry-point group ``ftsdk.providers``)."""

    type: Literal["plugin"] = Field(description="A provider that another package brings.")
    plugin: Name = Field(description="Name of the entry point.")
    api_key: Secret | None = Field(None, description="Where the key is found; none when absent.")
    options: dict[str, str | int | float | bool] = Field(
        default_factory=dict, max_length=64, description="What that provider takes."
    )


HostedConnection = Annotated[
    OpenAIConnection
    | AzureConnection
    | OpenAICompatibleConnection
    | AnthropicConnection
    | BedrockConnection
    | TogetherConnection
    | RayConnection
    | PluginConnection,
    Field(discriminator="type"),
]
