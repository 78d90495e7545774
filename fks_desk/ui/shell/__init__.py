"""Hold the main window, its docks and its tray."""
