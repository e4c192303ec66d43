"""Balancing, augmenting, and training networks."""
