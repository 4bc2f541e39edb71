"""Linking in the background: when, of which chatbot, and what follows from it."""
