"""The store: events in a database, what follows from them, and the log derived from them."""
