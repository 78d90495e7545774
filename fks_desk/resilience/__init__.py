"""Guard calls to the outside: breaker, limiter, retry, cache and metrics over libraries."""
