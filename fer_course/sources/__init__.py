"""Where images come from: files on disk, drawn faces, downloads."""
