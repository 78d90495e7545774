"""Keep a failing neighbour from pulling the desk down: thin faces over libraries."""
