"""Keep margin accounts, perpetual positions, funding and liquidation, exactly."""
