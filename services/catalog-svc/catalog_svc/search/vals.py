"""How a product's filter values become the numbers of `product_search.vals`.

A number is that of the row (`facet` of suppliers, brands, categories: one sequence) with the kind of value in its low bits, so
that the counts of one scan fall apart into facets without a join.
"""

KIND_BITS = 3
SUPPLIER, BRAND, CATEGORY = 1, 2, 3
# The number of no value; stands for all products where counts are kept by number.
ALL_PRODUCTS = 0


def number(kind: int, facet: str) -> str:
    """SQL of the number in `vals` of a value of this kind, whose own number is the SQL expression `facet`."""
    return f"({facet} << {KIND_BITS} | {kind})"


def kind_of(number: str) -> str:
    """SQL of the kind of a number."""
    return f"({number} & {(1 << KIND_BITS) - 1})"
