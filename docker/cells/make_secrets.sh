#!/bin/sh
# Makes ./secrets/cell1 and ./secrets/cell2 once: passwords of their own, but one SECRET_KEY and one FIELD_KEYS. Links
# and tickets that people hold, and secrets that are stored, must go on to be good for a shop that moves.
set -eu
cd "$(dirname "$0")/../.."

for cell in cell1 cell2; do
  mkdir -p "secrets/$cell"
  for name in secret_key field_keys; do
    [ -s "secrets/$cell/$name" ] || [ ! -s "secrets/cell1/$name" ] || cp "secrets/cell1/$name" "secrets/$cell/$name"
  done
  sh docker/make_secrets.sh "secrets/$cell"
done
umask 022
write_url() { printf 'postgresql://postgres:%s@%s-postgres:5432/tsunagi' "$(cat "secrets/$2/postgres_password")" "$2" > "secrets/$1/$3"; }
write_url cell1 cell1 own_cell_url
write_url cell1 cell2 other_cell_url
write_url cell2 cell2 own_cell_url
write_url cell2 cell1 other_cell_url
