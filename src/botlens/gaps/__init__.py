"""Knowledge gaps: questions without an answer, grouped by meaning and followed until they are proven fixed."""
