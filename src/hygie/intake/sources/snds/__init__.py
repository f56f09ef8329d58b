"""Claims, hospital stays and causes of death of the French national health data system, in the SNDS's own tables."""
