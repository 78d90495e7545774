"""Show market data as rows, files and space on disk."""
