"""What was asked, question by question, and the signs that it was not answered."""
