"""Currencies by their codes of ISO 4217: the one list for edits and imports alike."""

from chassis.errors import InvalidArgument

# Those in use (list one without funds, metals and test codes), and those withdrawn since 2021, which price lists still name.
CODES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP
    CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD
    JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
    NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
    SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    ANG BGN CUC HRK SLL ZWL
    """.split()  # noqa: SIM905  # a list of quoted codes is read by nobody
)


class UnknownCurrency(InvalidArgument):
    def __init__(self, code: str, field: str) -> None:
        super().__init__(
            f"{code} is not a currency: send its code of ISO 4217, such as EUR.",
            violations={field: "must be a code of ISO 4217"},
            currency=code,
        )


def check_currency(code: str, field: str) -> None:
    """Raise UnknownCurrency, naming `field`, unless `code` is empty or that of a currency."""
    if code and code not in CODES:
        raise UnknownCurrency(code, field)
