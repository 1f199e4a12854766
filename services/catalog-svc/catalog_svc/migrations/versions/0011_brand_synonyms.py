"""Brands: names that stand for another brand, and pairs that somebody said are different."""

from alembic import op

revision = "0011"
down_revision = "0010"

# What companies are, behind their names and in front of them.
BEHIND = (
    "gmbh|mbh|ag|kg|kgaa|ohg|gbr|ug|se|ev|co|company|corp|corporation|inc|incorporated|ltd|limited|llc|llp|lp|plc|pty|pte|sa|sas"
    "|sarl|sl|slu|srl|spa|snc|bv|nv|vof|ab|as|asa|aps|oy|oyj|sp z oo|zoo|doo|dd|sro|kft|zrt|ooo|ооо|зао|оао|ао|ltda|kk"
)
IN_FRONT = "ооо|зао|оао|ао|пао|ooo|zao|oao"
# Lower case without accents; marks are blanks, the dots of short forms nothing; then without those words and without blanks.
BRAND_KEY = r"""
CREATE FUNCTION brand_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    nullif(replace(regexp_replace(regexp_replace(words, '( (BEHIND))+$', ''), '^((IN_FRONT) )+', ''), ' ', ''), ''), words)
  FROM (SELECT trim(regexp_replace(
    translate(regexp_replace(normalize(lower(name), NFKD), '[\u0300-\u036F]', '', 'g'), '.''’´`®™©', ''),
    '[^[:alnum:]]+', ' ', 'g')) AS words) plain
$$
"""
STATEMENTS = (
    BRAND_KEY.replace("BEHIND", BEHIND).replace("IN_FRONT", IN_FRONT),
    "ALTER TABLE brands ADD COLUMN merged_into uuid REFERENCES brands (id)",
    "ALTER TABLE brands ADD CONSTRAINT ck_brands_merged_into CHECK (merged_into <> id)",
    "CREATE INDEX ix_brands_key ON brands (brand_key(name), lower(name)) WHERE merged_into IS NULL",
    """
    CREATE TABLE brand_rejections (
      brand_id uuid NOT NULL CONSTRAINT fk_brand_rejections_brand_id_brands REFERENCES brands (id) ON DELETE CASCADE,
      other_id uuid NOT NULL CONSTRAINT fk_brand_rejections_other_id_brands REFERENCES brands (id) ON DELETE CASCADE,
      CONSTRAINT pk_brand_rejections PRIMARY KEY (brand_id, other_id),
      CONSTRAINT ck_brand_rejections_order CHECK (brand_id < other_id)
    )""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
