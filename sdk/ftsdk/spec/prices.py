"""A project's own prices: what its contract says, in place of the dated table of the catalogue."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ftsdk.spec.fields import Name, SpecValue, Text, Usd


class PriceRule(SpecValue):
    """Prices of a model, or of models that fit a pattern; what is not given stays as the table has it."""

    model: Text = Field(description="Name of a model, or a pattern with *.")
    connection: Name | None = Field(None, description="Connection at which they hold; every one when absent.")
    factor: Annotated[float, Field(gt=0, le=10)] | None = Field(
        None,
        description="What the table's prices are multiplied with, for example 1.1 for data residency; 1 when absent.",
    )
    training: Usd | None = Field(None, description="US dollars per million training tokens; the table's when absent.")
    training_hour: Usd | None = Field(None, description="US dollars per hour of training; the table's when absent.")
    hosting_hour: Usd | None = Field(None, description="US dollars per hour of a deployment; the table's when absent.")
    storage_month: Usd | None = Field(None, description="US dollars per model and month; the table's when absent.")
    input: Usd | None = Field(None, description="US dollars per million prompt tokens; the table's when absent.")
    cached: Usd | None = Field(None, description="US dollars per million cached tokens; the table's when absent.")
    output: Usd | None = Field(None, description="US dollars per million answered tokens; the table's when absent.")
    tuned_input: Usd | None = Field(None, description="The same of tuned models; the table's when absent.")
    tuned_cached: Usd | None = Field(None, description="The same of tuned models; the table's when absent.")
    tuned_output: Usd | None = Field(None, description="The same of tuned models; the table's when absent.")
    source: Text | None = Field(None, description="Where they are from, for example a contract; this file when absent.")
