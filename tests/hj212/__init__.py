"""HJ 212: framing, codec, readings, answers and the server."""
