"""How files are packed and written. Every format yields the same blocks of text columns."""
