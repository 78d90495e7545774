"""Run background work: queues, schedule, retries and records."""
