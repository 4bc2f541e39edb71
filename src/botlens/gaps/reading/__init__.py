"""What people read of gaps: lists, single ones, files."""
