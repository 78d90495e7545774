"""Make the simulated exchange's prices: seeded history or a replayed file, print by print."""
