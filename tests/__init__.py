"""The tests; `tests.servers` has what those share that need servers."""
