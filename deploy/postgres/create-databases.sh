#!/bin/sh
# Runs once, in an empty data folder: a role and a database for the warehouse, another for Airflow; the keys of people
# stand in a database of their own, so that no dump of the warehouse holds them.
set -eu
psql -v ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\getenv huaxiang HUAXIANG_PASSWORD
\getenv airflow AIRFLOW_PASSWORD
create role huaxiang login createrole password :'huaxiang';
create role airflow login password :'airflow';
create database huaxiang owner huaxiang;
create database huaxiang_vault owner huaxiang;
create database airflow owner airflow;
revoke connect on database huaxiang from public;
revoke connect on database huaxiang_vault from public;
revoke connect on database airflow from public;
SQL
