"""Reports: single HTML files that explain themselves."""
