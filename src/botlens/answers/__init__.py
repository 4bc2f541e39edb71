"""Every read that a person may make."""
