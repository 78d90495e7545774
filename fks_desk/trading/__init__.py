"""Take orders from wish to fill: desk, risk, portfolio, reconciliation and strategy runner."""
