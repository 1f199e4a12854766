"""Which routes take an `Idempotency-Key`: every one that creates or acts, but for those that are named here with their reason."""

import pytest

from chassis.rules import rules
from gateway.endpoints.transcoding import Binding, bindings
from gateway.openapi import handwritten
from gateway.openapi.schemas import Schemas

STATE = "brings something into a state: a second call finds it there, and does nothing or is refused"
SECRET = "its answer holds a secret that is kept nowhere"
WITHOUT = {
    # Identity
    "Login": SECRET,
    "Refresh": "a token is good once, and one that is sent again ends the session",
    "CreateMyApiKey": SECRET,
    "IssuePasswordReset": SECRET,
    "ResetPassword": "a token is good once",
    "ChangeMyPassword": "the body holds passwords, of which nothing is kept but their hash; a second call is refused",
    "CreateUser": "the body holds a password, of which nothing is kept but its hash; a name is there once",
    "Logout": STATE,
    "EndMySessions": STATE,
    "EndSessions": STATE,
    "MarkNotificationsRead": STATE,
    # The catalogue
    "BatchGetProducts": "reads",
    "RestoreProduct": STATE,
    "ExcludeOffer": STATE,
    "IncludeOffer": STATE,
    "MergeBrand": STATE,
    "SplitBrand": STATE,
    "RejectBrandSuggestion": STATE,
    "MoveCategory": STATE,
    # Jobs
    "ApplyJob": "names the plan that it applies, which is applied once",
    "ReplanJob": STATE,
    "PauseJob": STATE,
    "ResumeJob": STATE,
    "CancelJob": STATE,
    **dict.fromkeys(("PauseAnyJob", "ResumeAnyJob", "CancelAnyJob", "RetryAnyJob", "PrioritizeAnyJob"), STATE),
    # Events
    "ReplayConsumer": "sets a consumer back to a moment: a second call finds it there or sets it back once more",
    "SkipEvent": "names the event at which the consumer is stopped; a second call finds it elsewhere and is refused",
}
HANDWRITTEN = {
    verbs["post"]["operationId"]: verbs["post"] for verbs in handwritten.paths(Schemas([])).values() if "post" in verbs
}
POSTS = [binding for binding in bindings() if binding.verb == "POST"]


def takes_key(binding: Binding) -> bool:
    return "request_id" in binding.method.input_type.fields_by_name


@pytest.mark.parametrize("binding", POSTS, ids=lambda binding: binding.method.full_name)
def test_a_route_that_creates_or_acts_takes_a_key_or_says_why_not(binding: Binding) -> None:
    named = binding.method.name in WITHOUT
    assert takes_key(binding) != named, "give its request a request_id and answer by idempotency.once, or name it here"


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_a_hand_written_route_takes_a_key_or_says_why_not(name: str) -> None:
    taken = any(each["name"] == "Idempotency-Key" for each in HANDWRITTEN[name].get("parameters", ()))
    assert taken != (name in WITHOUT)


def test_every_exception_is_a_route() -> None:
    assert WITHOUT.keys() <= {binding.method.name for binding in POSTS} | HANDWRITTEN.keys()


def test_an_id_is_never_longer_than_a_header_should_be() -> None:
    for binding in POSTS:
        if takes_key(binding):
            assert rules(binding.method.input_type)["request_id"].max_len == 64
