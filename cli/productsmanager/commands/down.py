"""`pm down`: stop the stack, wherever it was started."""

from productsmanager import lifecycle
from productsmanager.options import DEFAULT_DATA, DataOption, out


def down(data: DataOption = DEFAULT_DATA) -> None:
    """Stop everything, in reverse order."""
    out.print("Stopped." if lifecycle.stop(data) else "Nothing was running.")
