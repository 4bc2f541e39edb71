"""The process that serves: connections, start and stop, logs."""
