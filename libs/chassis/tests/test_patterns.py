"""What people are told of a text that does not match its pattern."""

import pytest
from google.protobuf.descriptor import FieldDescriptor

from chassis.interceptor import InvalidMessage, validate
from pm.catalog.v1 import offers_pb2, products_pb2, suppliers_pb2
from pm.code2asin.v1 import code2asin_pb2
from pm.common.v1 import options_pb2
from pm.core.v1 import users_pb2
from pm.imports.v1 import imports_pb2
from pm.media.v1 import media_pb2

CONTRACTS = (offers_pb2, products_pb2, suppliers_pb2, code2asin_pb2, users_pb2, imports_pb2, media_pb2)


def test_a_pattern_is_said_in_words() -> None:
    message = imports_pb2.UploadFeedRequest(options=imports_pb2.UploadOptions(file_name="a", supplier_name=" ", currency="eur"))
    with pytest.raises(InvalidMessage) as refused:
        validate(message)
    assert refused.value.violations == {
        "options.supplier_name": "must be a name with at least one character that shows",
        "options.currency": "must be a currency by its three letters, such as EUR, or nothing",
    }


def test_every_pattern_that_people_meet_has_its_words() -> None:
    from buf.validate import validate_pb2

    silent = []
    for contract in CONTRACTS:
        for message in contract.DESCRIPTOR.message_types_by_name.values():
            for field in message.fields:
                options = field.GetOptions()
                rules = options.Extensions[validate_pb2.field]
                has_pattern = field.type == FieldDescriptor.TYPE_STRING and bool(rules.string.pattern)
                if has_pattern and not options.Extensions[options_pb2.says]:
                    silent.append(f"{message.name}.{field.name}")
    assert silent == []
