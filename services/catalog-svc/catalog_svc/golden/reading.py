"""A product as it is shown: every read goes through this one statement."""

from catalog_svc.fields.registry import REGISTRY

_FIELDS = ", ".join(
    f"{field.reference.called(f'p.{field.product_column}')} AS {field.code}" if field.reference else f"p.{field.code}"
    for field in REGISTRY.product_texts
)
# Looked up row by row, never joined as sets: the planner would otherwise read a whole side for the few rows of a page.
PRODUCT = f"""
SELECT p.id, {_FIELDS},
       t.price, t.currency, t.stock, t.offer_count, t.offer_id AS winning_offer_id, p.locked_fields, p.create_time, p.update_time,
       p.version, p.trash_time
FROM products p
LEFT JOIN LATERAL (
  SELECT price, currency, stock, offer_count, offer_id FROM product_best WHERE product_id = p.id OFFSET 0
) t ON true
"""
