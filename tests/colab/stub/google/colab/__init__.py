"""A stand-in for Google Colab's own package, which cannot be installed elsewhere."""
