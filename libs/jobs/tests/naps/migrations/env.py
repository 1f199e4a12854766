from naps.models import Base

from chassis.migrations import run

run(Base.metadata)
