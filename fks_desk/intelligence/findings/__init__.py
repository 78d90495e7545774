"""Find exact answers in the stored rows, one file per subject."""
