"""A synthetic country: residents, their care and their records, at the size and with the figures of France."""
