"""What a person is told of an offer whose GTIN became another one."""

from catalog_svc.products.changed_gtins import ChangedGtin
from pm.catalog.v1 import offers_pb2 as pb


def gtin_warning(changed: ChangedGtin, held: str | None) -> pb.OfferWarning:
    """Whether the product follows, or why not, naming the other product or offer; `held` is the GTIN that it has now."""
    text = f"The GTIN of {changed.ref} was {changed.before or 'none'} and is {changed.after} now."
    product = f"{changed.title!r} ({changed.product_id})"
    if changed.other_id:
        text += f" That is the GTIN of {changed.other_title!r} ({changed.other_id}); {product} keeps {changed.held or 'none'}."
    elif changed.supplier:
        text += f" {product} keeps {changed.held}, because the offer {changed.supplier_ref} of {changed.supplier} gives it."
    elif held == changed.after:
        text += f" {product} has the new one, too."
    else:
        text += f" {product} keeps {held or 'none'}, which is not what this offer gave it."
    return pb.OfferWarning(reason=pb.OfferWarning.REASON_GTIN_CHANGED, message=text, gtin_product_id=str(changed.other_id or ""))
