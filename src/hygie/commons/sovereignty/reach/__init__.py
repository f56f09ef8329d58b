"""What follows from facts: who owns and controls whom, which laws reach whom, and the paths from data to laws."""
