"""Writing out: canonical rows in each provider's own form, and what that form cannot say."""
