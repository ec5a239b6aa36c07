#!/bin/sh
# Runs once, in an empty data folder: one role and one database for the warehouse, another for Airflow.
set -eu
psql -v ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\getenv huaxiang HUAXIANG_PASSWORD
\getenv airflow AIRFLOW_PASSWORD
create role huaxiang login password :'huaxiang';
create role airflow login password :'airflow';
create database huaxiang owner huaxiang;
create database airflow owner airflow;
revoke connect on database huaxiang from public;
revoke connect on database airflow from public;
SQL
