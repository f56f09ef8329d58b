"""What is said of rulings: why, what would turn them, what turned, and the statement that anyone can verify."""
