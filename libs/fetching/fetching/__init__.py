"""Everything that reads an address a user can set; see README.md."""
