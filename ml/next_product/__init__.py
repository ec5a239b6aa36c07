"""Which financial product a customer opens next: few products, so calibrated probabilities instead of a ranking."""
