"""What people do to gaps."""
