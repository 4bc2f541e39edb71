"""The process that embeds and links: both ends of it, and what is said between them."""
