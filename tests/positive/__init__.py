"""The positive list and random draws."""
