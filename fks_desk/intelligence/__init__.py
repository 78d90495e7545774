"""Answer from the trader's own rows: documents, retrieval, prompts and answers."""
