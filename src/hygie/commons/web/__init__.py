"""What every page stands on: the frame, the six pieces, charts, and how a Refusal is shown."""
