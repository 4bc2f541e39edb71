"""Every read that a person may make, each from a `Scope`."""
