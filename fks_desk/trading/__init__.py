"""Trade: check, write down, send once, follow to the end, and count what it made."""
