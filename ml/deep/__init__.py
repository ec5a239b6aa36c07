"""Models of sequences, in an environment of their own (.venv-deep): they meet the rest in PostgreSQL alone."""
