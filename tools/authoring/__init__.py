"""From source/ to lessons/ and solutions/: reading, assembling, executing and checking."""
