"""Numbers kept warm: loaded from the facts once, then changed with every conversation that changes."""
