"""What is kept of each step of a request, and the case as a file."""
