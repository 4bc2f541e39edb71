"""Files of conversations and events."""
