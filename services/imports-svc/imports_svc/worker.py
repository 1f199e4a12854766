"""The worker's composition root: `celery -A imports_svc.worker worker --pool solo`."""

from chassis.settings import read
from chassis.worker import worker_app
from imports_svc.pipeline.tasks import LANES, workplace
from imports_svc.settings import QUEUE, Settings

settings = read(Settings, "imports-svc")
app = worker_app(QUEUE, settings, lambda: workplace(settings), lanes=LANES)
