"""What people and the proof say of gaps: states, history, lineage, the current link; in the accounts."""
