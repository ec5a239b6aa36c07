"""Dashboards over what is published: Apache Superset in an environment of its own, its dashboards as files."""
