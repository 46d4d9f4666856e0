"""Small real servers for tests: each is a context manager that starts one of its own and ends it."""
