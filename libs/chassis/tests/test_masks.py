import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from chassis.masks import InvalidMask, masked_fields
from pm.core.v1.users_pb2 import User


def test_a_mask_names_the_fields_even_empty_ones():
    assert masked_fields(User(display_name="x"), FieldMask(paths=["active", "roles"])) == {"active", "roles"}


def test_without_a_mask_it_is_the_writable_fields_that_are_set():
    user = User(id="1", username="ann", active=False, display_name="", version=3)

    assert masked_fields(user, FieldMask()) == {"active"}


@pytest.mark.parametrize("path", ["id", "username", "version", "create_time", "nothing", "roles.name", "*", ""])
def test_a_path_that_cannot_be_written_is_refused_by_name(path):
    with pytest.raises(InvalidMask) as caught:
        masked_fields(User(), FieldMask(paths=["active", path]))

    assert list(caught.value.violations) == [f"update_mask.{path}"]
