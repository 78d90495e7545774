"""Keep one account: its orders, positions and money, in memory and in the store."""
