"""The comparison, plan and loss that most tests of drawing share."""

from __future__ import annotations

import pytest

from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan
from ftsdk.trainers.contract import StepMetric
from tests.ftsdk.report.made import make_comparison, make_metrics, make_plan


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    return make_comparison()


@pytest.fixture(scope="session")
def plan() -> Plan:
    return make_plan()


@pytest.fixture(scope="session")
def metrics() -> tuple[StepMetric, ...]:
    return make_metrics()
