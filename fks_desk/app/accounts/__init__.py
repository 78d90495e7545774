"""Keep the accounts that the desk may open, and open one."""
