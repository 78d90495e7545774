"""Show one trading account: its money, its orders and the ticket for a new one."""
