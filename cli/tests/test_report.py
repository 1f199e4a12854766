"""What `pm` prints."""

from pm.catalog.v1.products_pb2 import SearchHit
from productsmanager.report import MATCHES


def test_every_way_to_be_found_has_a_name() -> None:
    assert set(SearchHit.Match.keys()) - {"MATCH_UNSPECIFIED"} == MATCHES.keys()
