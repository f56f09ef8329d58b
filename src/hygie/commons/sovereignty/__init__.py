"""Where data may be, under whose laws, and who can prove it: facts, what follows from them, and what they decide."""
