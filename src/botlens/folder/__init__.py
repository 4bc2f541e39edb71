"""The data folder: who owns it, and who may read it."""
