"""How an application is assessed, what may be decided, the permit that would come of it, and what is published."""
