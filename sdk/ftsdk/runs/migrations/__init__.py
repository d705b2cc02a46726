"""Alembic migrations of the store; they ship in the package and run when a store is opened."""
