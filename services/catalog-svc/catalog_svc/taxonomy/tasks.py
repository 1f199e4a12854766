"""The loop that lets products follow categories that were moved or renamed."""

from functools import partial

from catalog_svc.slices import Slices
from catalog_svc.taxonomy.placing import place_slice
from chassis.db import Database


class Placing(Slices):
    """The loop over all categories whose products are to follow."""

    def __init__(self, database: Database) -> None:
        super().__init__(partial(place_slice, database), "products of moved categories")
