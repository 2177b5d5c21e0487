"""Power use: meters."""
