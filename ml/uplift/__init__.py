"""Who is persuadable: whose buying a campaign changes, rather than who buys anyway."""
