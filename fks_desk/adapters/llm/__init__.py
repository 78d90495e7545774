"""Host language and embedding models."""
