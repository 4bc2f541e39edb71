"""What the demo's bots could not answer: topics, each asked in many ways, some of them mended by now."""
