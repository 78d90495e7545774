"""Show rows that change often."""
