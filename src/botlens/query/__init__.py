"""A request becomes a checked, immutable value. Pure: no clock, no I/O."""
