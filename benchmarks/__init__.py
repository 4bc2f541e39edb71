"""What is fast, side by side with what people would do instead. Run: `python -m benchmarks --help`."""
