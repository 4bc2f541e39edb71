"""The conversations behind a figure: lists, transcripts and exports."""
