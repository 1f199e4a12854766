"""A copy of the catalogue outside: one export, then what changes, over HTTP."""

from api import FIXTURES, Api
from callers import Tokens
from followers import Copy, export, here

from productsmanager.lifecycle import Running


def test_a_copy_kept_by_the_feed_is_the_catalogue(api: Api) -> None:
    copy = Copy(api)
    feed = b"ref;title;price;stock;category\nF-1;Followed pen;1.50;3;Followed > Pens\nF-2;Followed ink;2.50;4;Followed > Ink\n"
    job = api.run(feed, "Followed")
    assert job["state"] == "STATE_APPLIED"
    api.run(feed.replace(b"1.50", b"1.75"), "Followed")
    api.run(FIXTURES / "bom.csv", "Followed too")
    made = api.post("/products", {"title": "Followed by hand"})
    assert api.http.patch(f"/products/{made['id']}", json={"title": "Followed on"}).status_code == 200
    assert copy.equals(export(api)[1])
    ours = [entry for entry in copy.entries if entry["product_id"] == made["id"]]
    assert [entry["kinds"] for entry in ours] == [["KIND_CREATED"], ["KIND_CHANGED"]]
    priced = [entry for entry in copy.entries if "KIND_PRICE" in entry["kinds"]]
    assert [(entry["fields"], copy.products[entry["product_id"]]["title"]) for entry in priced] == [
        (["offers", "price"], "Followed pen")
    ]


def test_what_goes_to_the_trash_leaves_the_copy_and_comes_back(api: Api) -> None:
    made = api.post("/products", {"title": "Followed into the trash"})
    copy = Copy(api)
    assert api.http.delete(f"/products/{made['id']}").json()["state"] == "STATE_TRASHED"
    assert copy.equals(export(api)[1])
    assert made["id"] not in copy.products
    restored = api.post(f"/products/{made['id']}:restore", {})
    assert copy.equals(export(api)[1])
    assert copy.products[made["id"]] == restored
    assert [entry["kinds"] for entry in copy.entries] == [["KIND_TRASHED"], ["KIND_RESTORED"]]


def test_products_pushed_twice_under_one_key_are_there_once(api: Api) -> None:
    pushed = {"products": [{"product": {"title": f"Followed and pushed {number}"}} for number in range(3)]}
    answers = [api.http.post("/products:batchUpsert", json=pushed, headers={"Idempotency-Key": "followed"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    first, second = (answer.json()["results"] for answer in answers)
    assert first == second
    assert {result["outcome"] for result in first} == {"OUTCOME_CREATED"}
    found = api.get("/products:search", query="Followed and pushed")
    assert {hit["product"]["id"] for hit in found["hits"]} == {result["product_id"] for result in first}


def test_a_cursor_from_elsewhere_is_gone(api: Api) -> None:
    source, _, rest = here(api).partition(".")
    answer = api.http.get("/changes", params={"cursor": f"{(int(source) + 1) % 1_000_000}.{rest}"})
    assert (answer.status_code, answer.json()["reason"]) == (410, "CHANGES_LOST")
    assert "/products:export" in answer.json()["detail"]


def test_who_may_not_see_purchase_prices_does_not_export_them(stack: Running) -> None:
    with Api(stack.url) as reader:
        token = Tokens(stack.installation.data.keys).user("catalog.products.read")
        reader.http.headers["Authorization"] = f"Bearer {token}"
        _, products = export(reader)
    assert products
    assert not [product for product in products.values() if "price" in product]
