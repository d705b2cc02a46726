"""JSON of a schema from a hosted model, asked once through the openai or anthropic client."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from ftsdk.errors import ProviderError, UsageError

Ask = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]

TIMEOUT_SECONDS = 60.0
MOST_TOKENS = 4096


def structured(model: str) -> Ask:
    """How to ask ``openai:MODEL`` or ``anthropic:MODEL``; keys and addresses are those of the clients' environment.

    Raises UsageError when the maker is neither. Asking raises ProviderError when there is no key, the call fails or
    the answer is no JSON object.
    """
    maker, _, name = model.partition(":")
    if maker not in _MAKERS or not name:
        raise UsageError(f"{model!r} names no model", help="write openai:MODEL or anthropic:MODEL")
    return lambda instructions, text, schema: _asked(maker, name, instructions, text, schema)


def _asked(maker: str, name: str, instructions: str, text: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    module: Any = import_module(maker)
    try:
        answer = _MAKERS[maker](name, instructions, text, dict(schema))
    except module.APIStatusError as error:
        raise ProviderError(
            f"{maker} refused ({error.status_code}): {str(error.message)[:200]}",
            help="check the key and the model's name; without a model the keywords still work",
        ) from None
    except (module.APIError, ValueError) as error:
        raise ProviderError(
            f"{maker} gave no answer that can be read: {str(error)[:200]}", help="try again, or leave the model out"
        ) from None
    except (getattr(module, _BASE_ERRORS[maker]), TypeError) as error:  # no key, as the clients say it
        raise ProviderError(
            f"{maker} cannot be asked: {str(error)[:200]}", help=f"set {maker.upper()}_API_KEY"
        ) from None
    if not isinstance(answer, dict):
        raise ProviderError(f"{maker} did not answer with a JSON object", help="try another model")
    return answer


def _openai(name: str, instructions: str, text: str, schema: dict[str, Any]) -> Any:
    from openai import OpenAI

    with OpenAI(timeout=TIMEOUT_SECONDS) as client:
        done = client.chat.completions.create(
            model=name,
            messages=[{"role": "system", "content": instructions}, {"role": "user", "content": text}],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            },
            max_completion_tokens=MOST_TOKENS,
        )
    return json.loads(done.choices[0].message.content or "")


def _anthropic(name: str, instructions: str, text: str, schema: dict[str, Any]) -> Any:
    from anthropic import Anthropic

    with Anthropic(timeout=TIMEOUT_SECONDS) as client:
        done = client.messages.create(
            model=name,
            system=instructions,
            messages=[{"role": "user", "content": text}],
            tools=[{"name": "answer", "description": "Give the answer.", "input_schema": schema}],
            tool_choice={"type": "tool", "name": "answer"},
            max_tokens=MOST_TOKENS,
        )
    return next((block.input for block in done.content if block.type == "tool_use"), None)


_BASE_ERRORS = {"openai": "OpenAIError", "anthropic": "AnthropicError"}
_MAKERS = {"openai": _openai, "anthropic": _anthropic}
