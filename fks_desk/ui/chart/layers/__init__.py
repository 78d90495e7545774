"""Paint what lies in a panel, one thing a layer."""
