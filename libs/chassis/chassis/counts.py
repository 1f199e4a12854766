"""How many there are of a thing, in words for people."""

import re

# Constraints of contracts speak of several, also where they allow one: `at least 1 characters`, `at least 1 item(s)`.
_OF_CONSTRAINTS = re.compile(r"\b(\d+) (?:(character|byte|item|pair)(?:s|\(s\))|(entr)ies)(?!\w)")


def counted(number: int, one: str, many: str = "") -> str:
    """Such as `1 row` and `2,000 rows`.

    `many` is what several are called where that is not `one` with an s: `category`, `categories`. What follows the name and
    has to agree with it stands in both: `row is left out`, `rows are left out`.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def recounted(text: str) -> str:
    """The text of a contract's constraint, with its things named as many as they are."""
    return _OF_CONSTRAINTS.sub(lambda found: counted(int(found[1]), found[2] or "entry", "" if found[2] else "entries"), text)
