"""What a file looks like: where its table is, and what the values of each column are."""
