"""Whether a gap was fixed: proven by all later questions of its meaning, at whatever time one looks. Pure."""
