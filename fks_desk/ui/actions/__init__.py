"""Register every action once, for menu, palette, shortcuts and help."""
