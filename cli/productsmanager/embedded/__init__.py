"""The servers that come with the installation: PostgreSQL, Valkey and SeaweedFS, from Python wheels."""
