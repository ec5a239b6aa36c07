"""The demo shop: a seeded world with planted truths, served over HTTP: `python -m scrapers.demo serve`."""
