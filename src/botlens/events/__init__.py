"""What happened: the event types, how they are decoded and checked. Pure: no clock, no I/O."""
