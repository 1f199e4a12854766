"""What becomes of one offer that says our SKU: the rule of `bulk/our_skus.py` for a single edit.

Both say the same; `tests/test_differential.py` holds them together.
"""

from dataclasses import dataclass
from uuid import UUID

from catalog_svc.offers.errors import OurSkuConflict, TieConflict
from catalog_svc.offers.repository import NOBODY, Known


@dataclass(frozen=True)
class Said:
    """An offer with an SKU, and the products that have it or its GTIN.

    `own_list`: it is an article of our own. `held` is the product of an offer that is known. `other_article`: that product is
    another article of ours. `tied_sku` is what the own list says of the reference.
    """

    sku: str
    gtin: str | None
    own_list: bool
    held: UUID | None
    by_sku: Known
    by_gtin: Known
    other_article: bool = False
    tied_sku: str | None = None

    @property
    def tied_otherwise(self) -> bool:
        return self.tied_sku not in (None, self.sku)

    def refusal(self) -> OurSkuConflict | TieConflict:
        """The words for an SKU and a GTIN, or a tie, that contradict each other."""
        if self.tied_sku is not None and self.tied_otherwise:
            return TieConflict(self.sku, self.tied_sku)
        return OurSkuConflict(self.sku, self.gtin or "", self.by_sku.id, self.by_gtin.id)


@dataclass(frozen=True)
class Judged:
    """Which `product` the offer is of; None: its GTIN and reference decide, unless it stays `apart` from the GTIN's product.

    One that is `left_out` is not to be taken in at all.
    """

    product: UUID | None = None
    apart: bool = False
    left_out: bool = False
    conflict: bool = False
    unknown: bool = False


def judge(said: Said) -> Judged:
    """An SKU comes before the GTIN, but where both point at different products nothing is joined."""
    by_sku = said.by_sku.id
    if not _contradict(said):
        return Judged(by_sku, unknown=by_sku is None and (not said.own_list or said.other_article))
    if said.held is not None:
        return Judged(said.held, conflict=True)
    if not said.own_list:
        return Judged(left_out=True, conflict=True)
    return Judged(by_sku, apart=by_sku is None, conflict=True)


def _contradict(said: Said) -> bool:
    """Whether SKU and GTIN are those of different products, or will be, or a tie names another SKU."""
    if said.tied_otherwise:
        return True
    if said.by_sku is NOBODY:
        return said.own_list and said.by_gtin.sku is not None and said.by_gtin.id != said.held
    if said.by_gtin is NOBODY:
        return said.by_sku.id != said.held and bool(said.gtin) and said.by_sku.gtin not in (None, said.gtin)
    return said.by_sku.id != said.by_gtin.id
