"""The whole of Huaxiang on one machine: database, demo shop and Airflow as child processes of one command."""
