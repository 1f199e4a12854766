import os

# Polars reads it when it is loaded. One arena instead of eight: 25 MB less in a worker, which reads with one thread at a time.
os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:1")
