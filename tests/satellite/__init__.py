"""Remote sensing: FIRMS and lists of hot cells."""
