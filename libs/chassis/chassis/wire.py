"""What both ends of a channel agree on. Apart from them, so that a caller loads nothing of a server."""

# Chunks of up to 3 MiB and their envelope.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024

# A channel asks this often whether its connection still lives; a server takes more often than its least interval for an attack.
KEEPALIVE_MS = 30_000
LEAST_KEEPALIVE_MS = KEEPALIVE_MS // 2
