"""Applications for permits and requests for statistics: taken, timed by the legal clocks, assessed and decided."""
