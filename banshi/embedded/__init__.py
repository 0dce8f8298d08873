"""PostgreSQL, Redis and a mail catcher from packages, for a bare machine and for the tests."""
