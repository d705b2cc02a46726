"""The outside world: one module a provider, two protocols, `Provider` and `InferenceClient`."""
