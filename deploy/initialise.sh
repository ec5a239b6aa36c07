#!/bin/sh
# Brings both databases to the newest shape, makes the pools and the first administrator; safe to run again.
set -eu
python -m warehouse migrate
python -m airflow db migrate
python -m airflow pools set marts 1 "what rebuilds or reads the marts takes turns"
# The password is asked for twice: it stays off the command line.
printf '%s\n%s\n' "$AIRFLOW_ADMIN_PASSWORD" "$AIRFLOW_ADMIN_PASSWORD" | python -m airflow users create \
    --username admin --role Admin --firstname Airflow --lastname Admin --email "$AIRFLOW_ADMIN_EMAIL"
