"""Collectors: one spider per kind of source, sources/*.yml says where and how."""
