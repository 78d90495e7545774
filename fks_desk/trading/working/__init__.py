"""Work orders beyond the plain one: held, paired, replaced and sliced, all by the one path."""
