"""Alembic migrations of the bot's tables; they ship in the package and run when the bot starts."""
