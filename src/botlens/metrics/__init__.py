"""What every number means. Pure; nothing else in the house knows it."""
