"""A user's program in its own process: how it is started, what it says, and what is kept of it."""
