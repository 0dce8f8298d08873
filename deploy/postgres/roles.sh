#!/bin/sh
# Run once by the postgres image on an empty volume: the schema's owner, the application's role and
# the database. The application's role is given its rights by `banshi migrate`.
set -eu
export BANSHI_SECRETS="${BANSHI_SECRETS:-/run/secrets}"
psql --no-psqlrc --username postgres --dbname postgres --set ON_ERROR_STOP=1 <<'SQL'
\set owner_password `cat "$BANSHI_SECRETS/banshi_owner_password"`
\set app_password `cat "$BANSHI_SECRETS/banshi_app_password"`
CREATE ROLE banshi_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE banshi_app LOGIN PASSWORD :'app_password';
CREATE DATABASE banshitong OWNER banshi_owner TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
REVOKE ALL ON DATABASE banshitong FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE banshitong TO banshi_app;
SQL
