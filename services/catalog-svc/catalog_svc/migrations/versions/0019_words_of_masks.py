"""Room for hundreds of fields in the masks of plans: words of 63 bits, also for plans that wait to be applied."""

from alembic import op

revision = "0019"
down_revision = "0018"

# Names of tables are hexadecimal ids of runs. The release before writes `integer` still, and reads both.
WIDEN = r"""
DO $do$
DECLARE plan text;
BEGIN
  FOR plan IN SELECT table_name FROM information_schema.columns
              WHERE table_schema = 'staging' AND table_name ~ '^plan_' AND column_name = 'mask' AND data_type = 'integer'
  LOOP
    EXECUTE format('ALTER TABLE staging.%I ALTER COLUMN mask TYPE bigint', plan);
  END LOOP;
END $do$
"""


def upgrade() -> None:
    op.execute(WIDEN)
