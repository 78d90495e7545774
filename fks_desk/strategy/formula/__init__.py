"""Hold the formulas that TA-Lib lacks."""
