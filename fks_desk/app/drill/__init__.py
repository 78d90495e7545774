"""Kill a scratch desk at each named point of an order's life, and judge what comes back."""
