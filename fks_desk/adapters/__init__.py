"""Hold one room per foreign library."""
