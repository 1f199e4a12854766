"""Benchmarks of the whole stack through the gateway, with authentication and fsync on. How: `bench/README.md`."""
