"""Which clocks run, what happens when one is at zero, which times were made longer, what is owed and what is late."""
