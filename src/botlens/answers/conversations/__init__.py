"""The conversations behind a figure: lists, transcripts, exports."""
