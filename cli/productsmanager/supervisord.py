"""supervisord that outlives a full disk: `python -m productsmanager.supervisord -n -c FILE`.

A line that it can't write to a log it tells on standard error. Where that is a file of the same disk, it would end over it, and
with it everything that it watches.
"""

from supervisor import loggers, supervisord


def _lost(_handler: loggers.Handler) -> None:
    """The line is lost: it can be told nowhere."""


if __name__ == "__main__":
    loggers.Handler.handleError = _lost
    supervisord.main()
