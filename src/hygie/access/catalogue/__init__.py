"""What data there are: the steward's words, the figures measured on the data, search, counts, HealthDCAT-AP."""
