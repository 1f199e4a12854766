"""The registry of fields, held to every list of them that can't derive from it, and the masks made of its numbers."""

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from buf.validate import validate_pb2
from catalog_svc.fields.kinds import Kind, Place
from catalog_svc.fields.masks import DECIDED, REACTIVATED, Masks
from catalog_svc.fields.registry import REGISTRY, Field, Registry, golden
from chassis.rules import rules
from gateway.openapi.examples import EXAMPLES
from imports_svc.feeds.fields import FIELDS
from pm.catalog.v1 import offers_pb2, products_pb2
from pm.common.v1 import options_pb2
from productsmanager.bench import generate

PRODUCT, OFFER = products_pb2.Product.DESCRIPTOR, offers_pb2.Offer.DESCRIPTOR
# What messages say beside fields: ids, who wrote it and when, what a call answers.
BESIDE = {
    "id",
    "supplier_id",
    "product_id",
    "run_id",
    "file_row",
    "create_time",
    "update_time",
    "version",
    "warnings",
    "trash_time",
    "exclude_time",
    "state_time",
    "state_run_id",
}
# What a feed may carry and the catalogue holds otherwise: the supplier by its id; the unit in the price.
OF_FEEDS_ALONE = {"supplier", "price_unit"}


def option(field: FieldDescriptor, extension: object) -> str:
    return field.GetOptions().Extensions[extension]


@pytest.mark.parametrize(("message", "place"), [(PRODUCT, Place.PRODUCT), (OFFER, Place.OFFER)], ids=("product", "offer"))
def test_contracts_have_the_fields_of_the_registry(message: Descriptor, place: Place) -> None:
    in_amounts = {"currency"}
    assert {field.name for field in message.fields} - BESIDE == {
        name for field in REGISTRY if place in field.places for name in (field.code, field.listed_as) if name
    } - in_amounts


@pytest.mark.parametrize("message", [PRODUCT, OFFER], ids=("product", "offer"))
def test_contracts_and_registry_agree_who_sees_what(message: Descriptor) -> None:
    by_contract = {field.name: option(field, options_pb2.visible_to) for field in message.fields}
    for name, permission in by_contract.items():
        if name in REGISTRY.by_code:
            assert permission == REGISTRY[name].permission, name


def test_the_contract_lets_people_lock_what_survivorship_fills() -> None:
    items = PRODUCT.fields_by_name["locked_fields"].GetOptions().Extensions[validate_pb2.field].repeated.items
    assert {*getattr(items.string, "in")} == {field.code for field in REGISTRY.lockable}


def test_a_product_may_hold_what_offers_may_say() -> None:
    for field in REGISTRY.golden:
        assert rules(PRODUCT).get(field.code) == rules(OFFER).get(field.code), field.code
    for field in REGISTRY.listed:
        lists = [each(message.fields_by_name[field.listed_as]) for message in (PRODUCT, OFFER)]
        assert lists[0] == lists[1], field.listed_as
        assert (lists[0].items.string.max_len, lists[0].items.string.pattern) == (
            field.limits.max_len,
            (field.limits.pattern or "").replace("(", "").replace(")?", ""),
        )


def each(field: FieldDescriptor) -> validate_pb2.RepeatedRules:
    """What a list may hold."""
    rules: validate_pb2.RepeatedRules = field.GetOptions().Extensions[validate_pb2.field].repeated
    return rules


def test_imports_bring_the_columns_that_a_run_may_carry() -> None:
    assert {*FIELDS} - OF_FEEDS_ALONE == {*REGISTRY.run_columns}


def test_examples_and_benchmarks_know_their_fields() -> None:
    assert {*EXAMPLES["pm.catalog.v1.Product"]} <= {field.name for field in PRODUCT.fields}
    assert {*generate.FIELDS} - {"ean"} <= {*REGISTRY.run_columns}


def test_places_in_masks_stay() -> None:
    """Plans that wait in a database have these: a number that is taken is never given to another field."""
    assert REGISTRY.numbers == {
        "gtin": 0,
        "title": 1,
        "description": 2,
        "brand": 3,
        "category": 4,
        "mpn": 5,
        "image_url": 6,
        "price": 7,
        "list_price": 8,
        "currency": 9,
        "stock": 10,
        "pack_size": 11,
        "prices": 12,
        "stocks": 13,
        REACTIVATED: 14,
        "our_sku": 15,
        DECIDED: 16,
    }


def test_two_fields_share_neither_code_nor_number() -> None:
    with pytest.raises(ValueError, match="one code, or one number"):
        Registry((golden("colour", 1), golden("size", 1)), {})
    with pytest.raises(ValueError, match="one code, or one number"):
        Registry((golden("colour", 1), golden("colour", 2)), {})
    with pytest.raises(ValueError, match="one code, or one number"):
        Registry((golden("colour", 1),), {DECIDED: 1})


def test_masks_of_one_word_are_what_they_were() -> None:
    masks = Masks.of(["title", "stock"])
    assert masks.columns == ["mask"]
    assert masks.has(["title", "stock"]) == f"p.mask & {1 << 1 | 1 << 10} <> 0"
    assert masks.names({"mask": 1 << 1 | 1 << 14}) == ["title", REACTIVATED]


def test_masks_have_as_many_words_as_their_fields_need() -> None:
    many = Registry(tuple(Field(f"a{number}", number, Kind.TEXT) for number in range(400)), {})
    masks = Masks.of(["a0", "a62", "a63", "a200"], many)
    assert masks.columns == ["mask", "mask_2", "mask_3", "mask_4"]
    assert masks.made({"a62": "x", "a63": "y"}) == [
        f"CASE WHEN x THEN {1 << 62} ELSE 0 END",
        "CASE WHEN y THEN 1 ELSE 0 END",
        "0",
        "0",
    ]
    assert masks.has(["a62", "a200", "a399"], "q") == f"(q.mask & {1 << 62} <> 0 OR q.mask_4 & {1 << 11} <> 0)"
    assert masks.has(["a399"]) == "(false)"
    row = {"mask": 1 << 62, "mask_2": 1, "mask_3": 0, "mask_4": 1 << 11}
    assert masks.names(row) == ["a62", "a63", "a200"]
