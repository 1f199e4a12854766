"""What both ends of a channel agree on. Apart from them, so that a caller loads nothing of a server."""

# Chunks of up to 3 MiB and their envelope.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
