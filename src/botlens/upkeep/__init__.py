"""What is done to events in the background: the jobs that need accounts and events."""
