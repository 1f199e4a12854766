#!/bin/bash
# Runs once, when the volume is empty: for each service a role and a database that no other role can open.
set -euo pipefail

for service in core catalog imports exports media code2asin analytics; do
    variable="DB_${service^^}_PASSWORD"
    psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set role="svc_$service" --set database="db_$service" --set password="${!variable}" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
done

for extension in pg_trgm unaccent btree_gin intarray pg_stat_statements; do
    psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname db_catalog --command "CREATE EXTENSION $extension"
done
