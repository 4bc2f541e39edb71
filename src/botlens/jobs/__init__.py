"""Work in the background: threads that end only when they are asked to, and what they do."""
