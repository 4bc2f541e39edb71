"""Groups of questions from their vectors: their space, the groups, and which gap each is."""
