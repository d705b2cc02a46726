"""Does training pay? Break-even against the best untrained option, with people, hosting, doubt and an end."""

from ftsdk.advise.money.breakeven import Deal, net_saving, payback_months
from ftsdk.advise.money.inputs import CostInputs, cost_inputs
from ftsdk.advise.money.simulate import Cost, price_out
from ftsdk.advise.quantity import Range

__all__ = ["Cost", "CostInputs", "Deal", "Range", "cost_inputs", "net_saving", "payback_months", "price_out"]
