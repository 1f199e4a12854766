"""What lines above and below a table say of all its prices."""

import re
from functools import lru_cache

from chassis.currencies import CODES
from imports_svc.vocabulary import values, words

_IN = re.compile(r"(?:(?<!\w)(?:in|en|w|v|u|em|i)\s+|[:(\[]\s*)([A-Z]{3})(?!\w)")
_NAMED_IN = re.compile(r"(?i)(?<!\w)(?:in|en|w|v)\s+([^\s,;]+)")


def is_of_list_prices(line: str) -> bool:
    """Whether a line around a table is about what something is sold for."""
    said = set(words.normalise(line).split())
    return bool(said & {"uvp", "rrp", "srp", "msrp", "retail", "vk", "pvp", "list", "listenpreis", "listenpreise"})


@lru_cache(maxsize=1_000)
def is_of_prices(line: str) -> bool:
    """Whether a line around a table says something of its prices."""
    return not words.phrases_of("priced").isdisjoint(words.normalise(line).split())


def price_currency(line: str) -> str | None:
    """The one currency that a line around a table says its prices are in: `All prices in USD`."""
    if not is_of_prices(line):
        return None
    if (named := _NAMED_IN.search(line)) and len(codes := values.header_currencies(named[1]) or ()) == 1:
        # `Preise in Euro, Versand nach CHF-Raum möglich`
        return codes[0]
    # `Prices in TRY`, `Ceny w TRY netto`
    written = set(_IN.findall(line)) & CODES
    others = set(re.findall(r"(?<!\w)[A-Z]{3}(?!\w)", line)) & words.CODES_OF_HEADERS
    return written.pop() if len(written) == 1 and others <= written else words.currency_within(line)
