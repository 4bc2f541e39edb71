"""What a process says about itself: what is counted, what does not work, what hangs."""
