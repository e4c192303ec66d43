"""A face in a picture: found, cut out, turned into an embedding."""
