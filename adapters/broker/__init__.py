"""A session with an MQTT broker, for every feed that comes over one: nothing is acknowledged before it
is durable."""
