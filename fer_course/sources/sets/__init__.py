"""The datasets of the catalogue as they lie on disks: a small module for each layout."""
