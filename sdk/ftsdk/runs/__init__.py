"""Plan -> Run: rows with leases, phases, effects with intents, events; a run survives whatever drives it."""
