"""Small services that keep what they are told, so that a test sees exactly what the gateway sends."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from chassis.auth import Signer
from chassis.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    NotFound,
    ResourceExhausted,
    Unauthenticated,
    VersionConflict,
)
from chassis.times import now, timestamp
from pm.catalog.v1 import changes_pb2, offers_pb2, offers_pb2_grpc, products_pb2, products_pb2_grpc
from pm.common.v1 import events_pb2, events_pb2_grpc, revocations_pb2, revocations_pb2_grpc
from pm.core.v1 import api_keys_pb2, api_keys_pb2_grpc, notifications_pb2, users_pb2_grpc
from pm.imports.v1 import imports_pb2, imports_pb2_grpc

KEY_OWNER = "01890000-0000-7000-8000-0000000000f0"
KEY_ID = "01890000-0000-7000-8000-0000000000f1"
PRODUCT = "01890000-0000-7000-8000-0000000000aa"
MISSING = "01890000-0000-7000-8000-0000000000bb"
BROKEN = "01890000-0000-7000-8000-0000000000cc"
BUSY = "01890000-0000-7000-8000-0000000000dd"
SLOW = "01890000-0000-7000-8000-0000000000ee"


class ProductNotFound(NotFound):
    def __init__(self, product_id: str) -> None:
        super().__init__(f"There is no product {product_id}.", id=product_id)


class SkuTaken(AlreadyExists):
    pass


class SupplierClosed(AlreadyExists):
    pass


class FeedBrokenOff(Aborted):
    pass


class ReplayWouldSkip(FailedPrecondition):
    pass


class TooManySearches(ResourceExhausted):
    pass


class Told:
    """What the services were told, newest last."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.metadata: dict[str, str] = {}
        self.cancelled = asyncio.Event()
        self.broken_off = asyncio.Event()
        self.running = asyncio.Event()
        self.stock = 0  # of products
        self.export = ""  # how it goes wrong
        self.feed: list[changes_pb2.ProductChange] | None = None  # what changed
        self.notifications: list[notifications_pb2.Notification] = []

    def hear(self, request: Any, context: Any) -> None:
        self.requests.append(request)
        self.metadata = dict(context.invocation_metadata())

    @property
    def last(self) -> Any:
        return self.requests[-1]

    def clear(self) -> None:
        self.requests.clear()
        self.metadata = {}
        self.cancelled.clear()
        self.broken_off.clear()
        self.running.clear()
        self.stock = 0
        self.export = ""
        self.feed = None
        self.notifications = []


def answering(told: Told, base: type, **answers: Callable[[Any], Any]) -> Any:
    """A servicer whose methods note what they are asked and answer with what `answers` makes of it."""

    def method(make: Callable[[Any], Any]) -> Callable[..., Awaitable[Any]]:
        async def answer(_self: Any, request: Any, context: Any) -> Any:
            told.hear(request, context)
            made = make(request)
            return await made if asyncio.iscoroutine(made) else made

        return answer

    return type(base.__name__, (base,), {name: method(make) for name, make in answers.items()})()


def products(told: Told) -> Any:
    async def get(request: Any) -> products_pb2.Product:
        if request.id == MISSING:
            raise ProductNotFound(request.id)
        if request.id == BROKEN:
            raise RuntimeError("postgresql://svc_catalog:secret@10.0.0.1 refused")
        if request.id == BUSY:
            raise TooManySearches("Too many at once.", retry_after_seconds=7)
        if request.id == SLOW:
            await linger()
        return product(request.id, told.stock)

    async def linger() -> None:
        told.running.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            told.cancelled.set()
            raise

    def create(request: Any) -> products_pb2.Product:
        if request.product.sku == "taken":
            raise SkuTaken("There is a product with this SKU.", violations={"product.sku": "is taken"})
        return request.product

    def update(request: Any) -> products_pb2.Product:
        if request.HasField("version") and request.version != 3:
            raise VersionConflict(expected=request.version, actual=3)
        return product(request.product.id)

    hit = products_pb2.SearchHit(product=product(PRODUCT), match=products_pb2.SearchHit.MATCH_GTIN)
    return answering(
        told,
        products_pb2_grpc.ProductServiceServicer,
        GetProduct=get,
        BatchGetProducts=lambda request: products_pb2.BatchGetProductsResponse(missing_ids=request.ids),
        DeleteProduct=lambda request: product(request.id),
        RestoreProduct=lambda request: product(request.id),
        BatchUpsertProducts=lambda _: products_pb2.BatchUpsertProductsResponse(),
        ListProducts=lambda _: products_pb2.ListProductsResponse(products=[product(PRODUCT)], next_page_token="next"),
        SearchProducts=lambda _: products_pb2.SearchProductsResponse(hits=[hit], total=1),
        CreateProduct=create,
        UpdateProduct=update,
    )


def offers(told: Told) -> Any:
    return answering(
        told,
        offers_pb2_grpc.OfferServiceServicer,
        ListOffers=lambda _: offers_pb2.ListOffersResponse(),
        PutOffer=lambda request: request.offer,
    )


class InvalidApiKey(Unauthenticated):
    pass


class Keys(api_keys_pb2_grpc.ApiKeyServiceServicer):
    """Gives tokens for keys that begin with `pmk_`, of KEY_OWNER; `asked` are the keys it was asked about."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.asked: list[str] = []
        self.permissions = ["catalog.products.read"]
        self.refuse = False

    async def ExchangeApiKey(self, request: Any, context: Any) -> api_keys_pb2.ExchangeApiKeyResponse:
        self.asked.append(request.secret)
        if self.refuse:
            raise InvalidApiKey("This API key was revoked.")
        token = self._signer.access_token(KEY_OWNER, self.permissions, session=KEY_ID, api_key=True, seconds=300)
        return api_keys_pb2.ExchangeApiKeyResponse(access_token=token, expires_in=300)


class Revoked(revocations_pb2_grpc.RevocationServiceServicer):
    """Tells that everything of `subjects` is revoked."""

    def __init__(self) -> None:
        self.subjects: dict[str, float] = {}

    async def ListRevocations(self, request: Any, context: Any) -> revocations_pb2.ListRevocationsResponse:
        answer = revocations_pb2.ListRevocationsResponse(time=timestamp(now()))
        for subject, until in self.subjects.items():
            answer.revocations.add(subject=subject).issued_until.FromNanoseconds(int(until * 1e9))
        return answer


def users(told: Told) -> Any:
    return answering(told, users_pb2_grpc.UserServiceServicer, UpdateUser=lambda request: request.user)


def consumer(told: Told) -> Any:
    """One consumer of analytics-svc that has applied everything."""
    following = events_pb2.Consumer.STATE_FOLLOWING
    shown = events_pb2.Consumer(name="counts", service="analytics-svc", state=following, lag_rows=0, lag_seconds=0)
    return answering(
        told,
        events_pb2_grpc.ConsumerServiceServicer,
        ListConsumers=lambda _: events_pb2.ListConsumersResponse(consumers=[shown]),
        ReplayConsumer=lambda _: shown,
        SkipEvent=lambda _: shown,
    )


def stopped_consumer(told: Told) -> Any:
    """One consumer of core-svc that is stopped and can't be set back."""
    stopped = events_pb2.Consumer.STATE_STOPPED
    shown = events_pb2.Consumer(name="notices", service="core-svc", state=stopped, error="a fault")

    def refuse(_: Any) -> Any:
        raise ReplayWouldSkip("It has still to apply something.")

    return answering(
        told,
        events_pb2_grpc.ConsumerServiceServicer,
        ListConsumers=lambda _: events_pb2.ListConsumersResponse(consumers=[shown]),
        ReplayConsumer=refuse,
        SkipEvent=lambda _: shown,
        ListSkippedEvents=lambda _: events_pb2.ListSkippedEventsResponse(events=[{"key": "faulty"}], total=1),
    )


class Imports(imports_pb2_grpc.ImportServiceServicer):
    """`jobs` is what GetJob answers, one after the other; `problems` are the pages of ListProblems."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self.jobs: list[imports_pb2.Job | Exception] = []
        self.problems: list[list[imports_pb2.Problem]] = []

    async def UploadFeed(self, requests: AsyncIterator[Any], context: Any) -> imports_pb2.Job:
        digest, size, announced = hashlib.sha256(), 0, -1
        try:
            async for request in requests:
                self._told.running.set()
                if request.WhichOneof("part") == "options":
                    self._told.hear(request.options, context)
                    refuse_closed(request.options.supplier_name)
                assert len(request.data) <= 1024 * 1024
                digest.update(request.data)
                size += len(request.data)
                announced = request.end.size if request.HasField("end") else -1
        except asyncio.CancelledError:
            self._told.broken_off.set()
            raise
        if size != announced:
            self._told.broken_off.set()
            raise FeedBrokenOff("The file is not whole.")
        return imports_pb2.Job(id=PRODUCT, plan_hash=digest.hexdigest(), file_bytes=size)

    async def GetJob(self, request: Any, context: Any) -> imports_pb2.Job:
        self._told.hear(request, context)
        if not self.jobs:
            raise ProductNotFound(request.id)
        job = self.jobs.pop(0) if len(self.jobs) > 1 else self.jobs[0]
        if isinstance(job, Exception):
            raise job
        return job

    async def CancelJob(self, request: Any, context: Any) -> imports_pb2.Job:
        self._told.hear(request, context)
        return imports_pb2.Job(id=request.id)

    ReplanJob = CancelJob

    async def ListPlanRows(self, request: Any, context: Any) -> imports_pb2.ListPlanRowsResponse:
        self._told.hear(request, context)
        return imports_pb2.ListPlanRowsResponse()

    async def ListProblems(self, request: Any, context: Any) -> imports_pb2.ListProblemsResponse:
        self._told.hear(request, context)
        page = int(request.page_token or 0)
        following = str(page + 1) if page + 1 < len(self.problems) else ""
        return imports_pb2.ListProblemsResponse(problems=self.problems[page], next_page_token=following)


def refuse_closed(supplier_name: str) -> None:
    if supplier_name == "closed":
        raise SupplierClosed("This supplier is closed.")


def product(product_id: str, stock: int = 0) -> products_pb2.Product:
    return products_pb2.Product(
        id=product_id,
        gtin="04006381333931",
        title="Surligneur « Boss » 70",
        price={"amount": "0.79", "currency": "EUR"},
        stock=stock,
        locked_fields=["title"],
        create_time={"seconds": 1_700_000_000, "nanos": 123_000_000},
        version=3,
    )
