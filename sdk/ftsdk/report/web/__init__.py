"""A comparison as HTML: one page that needs nothing else, and fragments for notebooks."""
