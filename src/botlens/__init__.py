"""botlens: the analytics engine for chatbots."""

__version__ = "0.1.0"
