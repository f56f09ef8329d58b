"""What is known: facts of places, providers, owners and laws, each with its dates and sources, from packs."""
