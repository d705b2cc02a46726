"""Findings for those who read them: people in a terminal, reviewers, GitHub, and tools that take SARIF.

Nothing here needs rich, so that `ft validate` starts fast.
"""
