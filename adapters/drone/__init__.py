"""Drones: what a survey brings home, and later what aircraft report themselves."""
