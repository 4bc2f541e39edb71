"""One state of a folder as one file, and a folder out of such a file."""
