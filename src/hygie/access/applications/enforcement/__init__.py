"""What follows a breach: procedures, measures, the exclusion list, messages to other bodies."""
