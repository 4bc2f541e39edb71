"""Knowledge gaps: unanswered questions, grouped by meaning and followed until they are proven fixed."""
