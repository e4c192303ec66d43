"""Using a trained network: exported, and without the libraries that trained it."""
