"""The `pm` command and the one list of processes it starts (`stack.py`)."""
