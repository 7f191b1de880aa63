"""What customers write, and the words that are answered by themselves."""
