"""The query API: portraits, recommendations, products and tables out of `serving`; events and clicks come in here."""
