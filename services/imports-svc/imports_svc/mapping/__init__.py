"""Which column is which field: suggestions with reasons, and what a person says instead."""
