"""Scoring a network by the protocol of the course."""
