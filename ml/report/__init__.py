"""Pages for people: one HTML file per campaign, with its plots and the numbers behind them."""
