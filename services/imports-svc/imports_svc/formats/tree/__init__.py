"""Trees of records (XML, JSON): where the records are, and each as one row of cells by path."""
