"""The permit: the only door to the data, signed, readable by machines and judged by rule at grant."""
