"""Values drawn for a terminal with rich: one module a kind of value, all of one shape."""
