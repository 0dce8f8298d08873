"""Pages for developers; not in production."""
