"""Which answer to write next, and which gaps are rising. Pure."""
