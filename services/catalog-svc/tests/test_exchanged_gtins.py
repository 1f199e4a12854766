"""References of one file that exchange, pass on or use GTIN again: planned as a set, whatever the order of rows and batches."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import asyncpg
import pytest
from bulk_client import BulkClient, offer
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from test_differential import EMPTY

PEN, INK, CAP, DOT, BOX = GTINS = ("04006381333931", "04006381333948", "04006381333955", "04006381333962", "04006381333979")
COLUMNS = ("ref", "gtin", "title", "price")
BATCHES = (1, 2, 20_000)
File = dict[str, str | None]
# The products that have offers or a GTIN: that, and their offers with theirs.
State = list[tuple[str, tuple[tuple[str, str, str], ...]]]


@pytest.fixture
async def clients(served_bulk: Callable[..., Any]) -> AsyncIterator[list[BulkClient]]:
    """One for each size of batches."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(served_bulk(batch_rows=size)) for size in BATCHES]


class Held(NamedTuple):
    """An offer before the run; offers of one supplier are in the order of their ids."""

    supplier: str
    ref: str
    gtin: str | None
    product: str


async def load(client: BulkClient, supplier: str, file: File, order: list[int] | None = None) -> None:
    rows = [offer(ref, gtin=gtin, title=f"{supplier} {ref}") for ref, gtin in file.items()]
    await client.load(supplier, [rows[at] for at in order] if order else rows, COLUMNS)


async def offers(sql: asyncpg.Connection) -> tuple[list[Held], dict[str, str | None]]:
    """Every offer, in the order of survivorship, and the GTIN of every product."""
    rows = await sql.fetch(
        "SELECT s.name, o.supplier_ref, o.gtin, o.product_id::text FROM supplier_products o JOIN suppliers s"
        " ON s.id = o.supplier_id ORDER BY s.priority, o.id"
    )
    products = await sql.fetch("SELECT id::text, gtin FROM products")
    return [Held(*row) for row in rows], {row["id"]: row["gtin"] for row in products}


def state(held: list[Held], products: dict[str, str | None]) -> State:
    of = {id: tuple(sorted((one.supplier, one.ref, one.gtin or "") for one in held if one.product == id)) for id in products}
    return sorted((gtin or "", of[id]) for id, gtin in products.items())


class Model:
    """What a file of Nord makes of a catalogue, as one set."""

    def __init__(self, held: list[Held], products: dict[str, str | None], file: File) -> None:
        self.held, self.products, self.file = held, dict(products), file
        self.known = {one.ref: one for one in held if one.supplier == "Nord"}
        self.moving = [one for one in held if self._moves(one)]
        self.new = [ref for ref in file if ref not in self.known]
        self.with_product = {gtin: id for id, gtin in products.items() if gtin}

    def _moves(self, one: Held) -> bool:
        return one.supplier == "Nord" and one.ref in self.file and self.file[one.ref] != one.gtin

    def brought(self, gtin: str | None) -> list[str]:
        """References that bring a GTIN they had not."""
        return [ref for ref in (*(one.ref for one in self.moving), *self.new) if gtin and self.file[ref] == gtin]

    def able(self, product: str) -> bool:
        """Whether a product may take another GTIN: nobody gives or brings its own any more."""
        own = self.products[product]
        staying = [one for one in self.held if one.product == product and one not in self.moving]
        given_up = any(one.gtin == own for one in self.moving if one.product == product)
        return own is None or (given_up and not self.brought(own) and all(one.gtin != own for one in staying))

    def claims(self) -> dict[str, str]:
        """Of each product that is able the GTIN that it takes, in the order of the offers that say them."""
        found: dict[str, str] = {}
        touched = {one.product for one in self.moving}
        for one in self.held:
            after = self.file[one.ref] if one in self.moving else one.gtin
            taken = one in self.moving and after in self.with_product
            if after and not taken and one.product in touched and self.able(one.product):
                found.setdefault(one.product, after)
        order = [one.product for one in self.held if one.product in found and found[one.product] == self._said(one)]
        return {product: found[product] for product in order}

    def _said(self, one: Held) -> str | None:
        return self.file[one.ref] if one in self.moving else one.gtin

    def outcome(self) -> State:
        claims, after = self.claims(), dict(self.products)
        target = {gtin: self._target(gtin, claims) for gtin in {self.file[ref] for ref in self.bringing} if gtin}
        for gtin, product in target.items():
            if product:
                after.setdefault(product, gtin)
        won = [product for product, gtin in claims.items() if target.get(gtin, product) == product]
        after |= {product: claims[product] for product in won if claims[product] not in self.with_product}
        held = [self._moved(one, target) for one in self.held]
        for ref in self.new:
            gtin = self.file[ref]
            product = target[gtin] if gtin else f"new {ref}"
            after.setdefault(product, gtin)
            held.append(Held("Nord", ref, gtin, product))
        return state(held, after)

    @property
    def bringing(self) -> list[str]:
        return [*(one.ref for one in self.moving), *self.new]

    def _moved(self, one: Held, target: dict[str, str]) -> Held:
        if one not in self.moving:
            return one
        gtin = self.file[one.ref]
        return one._replace(gtin=gtin, product=(target[gtin] if gtin else "") or one.product)

    def _target(self, gtin: str, claims: dict[str, str]) -> str:
        """The product of all that bring a GTIN; "" where each stays with its own."""
        if gtin in self.with_product:
            return self.with_product[gtin]
        claimed = [product for product, claim in claims.items() if claim == gtin]
        if claimed:
            return claimed[0]
        bringing = self.brought(gtin)
        products = {self.known[ref].product for ref in bringing if ref in self.known}
        others = any(self._is_anothers(product, claims.get(product)) for product in products)
        return f"new {gtin}" if others or len(products) > 1 or any(ref in self.new for ref in bringing) else ""

    def _is_anothers(self, product: str, claim: str | None) -> bool:
        """Whether the GTIN of a product is brought, or the one it takes by a reference that was not its."""
        by = [ref for ref in self.brought(claim) if ref in self.new or self.known[ref].product != product]
        return bool(self.brought(self.products[product]) or by)


REFS = st.sampled_from("ABCDE")
FILES = st.dictionaries(REFS, st.sampled_from((*GTINS, None)), min_size=1, max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.explicit, Phase.generate], max_examples=8)
@given(FILES, st.dictionaries(st.sampled_from("XY"), st.sampled_from((*GTINS, None)), max_size=2), FILES, st.randoms())
# Exchanged; A takes B's, and B a new one; three in a ring; a chain; one number for two references, new and known.
@example({"A": PEN, "B": INK}, {}, {"A": INK, "B": PEN}, None)
@example({"A": PEN, "B": INK}, {}, {"A": INK, "B": CAP}, None)
@example({"A": PEN, "B": INK, "C": CAP}, {}, {"A": INK, "B": CAP, "C": PEN}, None)
@example({"A": PEN, "B": INK, "C": CAP}, {}, {"A": INK, "B": CAP, "C": DOT}, None)
@example({"A": PEN, "B": INK, "C": CAP}, {"X": INK}, {"C": DOT, "B": CAP, "A": INK}, None)
@example({"A": PEN}, {}, {"A": CAP, "C": CAP}, None)
@example({"A": PEN}, {"X": PEN}, {"A": CAP, "C": CAP}, None)
@example({"A": PEN, "B": INK}, {}, {"A": CAP, "B": CAP}, None)
@example({"A": PEN, "B": PEN}, {}, {"A": CAP, "B": DOT}, None)
@example({"A": PEN, "B": PEN}, {}, {"A": INK, "C": PEN}, None)
@example({"A": None, "B": INK}, {}, {"A": INK, "B": CAP, "C": CAP}, None)
async def test_what_a_file_says_is_taken_as_a_set(
    sql: asyncpg.Connection, clients: list[BulkClient], first: File, other: File, second: File, random: Any
) -> None:
    outcomes = []
    order = list(range(len(second)))
    if random is not None:
        random.shuffle(order)
    for client, way in zip(clients, (order, order[::-1], order), strict=True):
        await sql.execute(EMPTY)
        await load(client, "Nord", first)
        if other:
            await load(client, "Sud", other)
        before, products = await offers(sql)
        expected = Model(before, products, second).outcome()
        await load(client, "Nord", second, way)
        outcomes.append((state(*await offers(sql)), expected))
        _joined_as_they_say(before, (await offers(sql))[0], second)
    found, expected = outcomes[0]
    assert found == expected
    assert all(one == (found, expected) for one in outcomes)


def _joined_as_they_say(before: list[Held], after: list[Held], file: File) -> None:
    """References that bring one GTIN are one product's; those that bring two are, at most, where they were before."""
    was = {one.ref: one for one in before if one.supplier == "Nord"}
    brought = [
        one
        for one in after
        if one.supplier == "Nord" and one.ref in file and one.gtin and (one.ref not in was or was[one.ref].gtin != one.gtin)
    ]
    for one in brought:
        for other in brought:
            together = one.ref in was and other.ref in was and was[one.ref].product == was[other.ref].product
            assert (one.product == other.product) == (one.gtin == other.gtin) or together
