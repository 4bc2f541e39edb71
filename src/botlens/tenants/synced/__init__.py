"""Companies, chatbots and plans that a source decides: compared with what we have, and taken over."""
