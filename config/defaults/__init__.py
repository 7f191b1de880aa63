"""Settings that are the same on every machine, and those built from a few values: config/settings.py takes them in."""
