"""How the desk's database came to its present form, one step a file (Alembic)."""
