"""Calls that happen once, however often they are sent; see README.md."""
