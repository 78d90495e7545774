"""Open local HTTP doors."""
