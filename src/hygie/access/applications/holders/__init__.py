"""What holders do for an application: its costs, a trusted holder's proposal, the delivery of the data."""
