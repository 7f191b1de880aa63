#!/bin/sh
# Makes ./secrets once, or the folder that is named: what the containers read as /run/secrets/NAME. Nothing that is
# there is written again.
# The folder is its owner's alone; the files in it can be read by the containers' users. Put the certificate of your
# host into tls_certificate (with its chain) and its key into tls_key, and the relay's password into email_password.
set -eu
cd "$(dirname "$0")/.."
FOLDER=${1:-secrets}
mkdir -p "$FOLDER"
chmod 700 "$FOLDER"
umask 022

random() { head -c 33 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'; }
keep() { [ -s "$FOLDER/$1" ] || printf '%s' "$2" > "$FOLDER/$1"; }

keep secret_key "$(random)$(random)"
keep field_keys "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n')"
for role in postgres owner app valkey; do keep "${role}_password" "$(random)"; done
keep database_url "postgresql://tsunagi_app:$(cat "$FOLDER"/app_password)@postgres:5432/tsunagi"
keep database_owner_url "postgresql://tsunagi_owner:$(cat "$FOLDER"/owner_password)@postgres:5432/tsunagi"
keep redis_url "redis://:$(cat "$FOLDER"/valkey_password)@valkey:6379/0"
for name in email_password tls_certificate tls_key; do [ -e "$FOLDER/$name" ] || : > "$FOLDER/$name"; done
echo "./$FOLDER is ready. tls_certificate and tls_key must be filled in."
