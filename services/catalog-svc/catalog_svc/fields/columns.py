"""The columns that fields are in the database, with the limits of the contract as CHECKs."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, Integer, Numeric, String, Uuid, text

from catalog_svc.base import contract_checks
from catalog_svc.fields.kinds import Kind
from catalog_svc.fields.registry import REGISTRY
from pm.catalog.v1.offers_pb2 import Offer
from pm.catalog.v1.products_pb2 import Product

_TYPES: dict[Kind, Any] = {Kind.TEXT: String(), Kind.AMOUNT: Numeric(18, 6), Kind.COUNT: Integer()}
_UNMATCHED = frozenset(field.code for field in REGISTRY if field.matched_by_doors)
_ROOM = {field.code: field.room for field in REGISTRY.listed}


def offer_columns() -> list[Column[Any]]:
    """What `supplier_products` holds of the fields of an offer."""
    return [Column(field.offer_column, _TYPES[field.kind]) for field in REGISTRY.values]


def offer_checks() -> list[CheckConstraint]:
    columns = {field.code: field.offer_column for field in (REGISTRY["ref"], *REGISTRY.values) if field.kind is not Kind.AMOUNT}
    amounts = (field.offer_column for field in REGISTRY.values if field.kind is Kind.AMOUNT)
    return [
        *contract_checks(Offer.DESCRIPTOR, columns, _UNMATCHED, _ROOM),
        *(CheckConstraint(f"{column} >= 0", name=column) for column in amounts),
    ]


def product_columns() -> list[Column[Any]]:
    """What `products` holds of its fields; of a brand or category the id."""
    return [
        Column(field.product_column, String(), nullable=False, server_default=text("''"))
        if field.required
        else Column(field.product_column, Uuid() if field.reference else String())
        for field in REGISTRY.product_texts
    ]


def product_checks() -> list[CheckConstraint]:
    return contract_checks(
        Product.DESCRIPTOR, {field.code: field.code for field in REGISTRY.product_texts if not field.reference}, _UNMATCHED, _ROOM
    )
