"""Credentials of others that a service keeps, sealed; see README.md."""
