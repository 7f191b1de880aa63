#!/bin/sh
# Runs once, when the database is first created: the owner of the tables, and the role that serves and owns nothing.
set -eu
psql -v ON_ERROR_STOP=1 -v owner="$(cat /run/secrets/owner_password)" -v app="$(cat /run/secrets/app_password)" \
  --username "${POSTGRES_USER:-postgres}" <<SQL
CREATE ROLE tsunagi_owner LOGIN PASSWORD :'owner';
CREATE ROLE tsunagi_app LOGIN PASSWORD :'app';
CREATE DATABASE tsunagi OWNER tsunagi_owner;
SQL
