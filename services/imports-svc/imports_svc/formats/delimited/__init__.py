"""Delimited text: its letters, its lines, its records."""
