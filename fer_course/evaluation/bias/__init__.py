"""Biases: numbers added to the log-probabilities of the emotions, and what they are worth."""
