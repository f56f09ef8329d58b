"""What is asked of a placement, and what the rules R01 to R30 answer."""
