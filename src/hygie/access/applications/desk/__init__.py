"""The access officers' pages: the queue, a case and its steps, what it asks of the data, what is published of it."""
