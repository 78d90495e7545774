"""Keep the simulated accounts, orders and fills, exactly; one log is the only I/O."""
