"""Play the past bar by bar, with a paper account that lives only there."""
