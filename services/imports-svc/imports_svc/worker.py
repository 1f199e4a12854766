"""The worker's composition root: `celery -A imports_svc.worker worker --pool solo`."""

from chassis.settings import read
from imports_svc.pipeline.tasks import workplace
from imports_svc.settings import QUEUE, Settings
from jobs.waking import worker_app
from jobs.working import LANES

settings = read(Settings, "imports-svc")
app = worker_app(QUEUE, settings, lambda: workplace(settings), lanes=LANES)
