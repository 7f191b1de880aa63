"""Messages that are booked: found, cancelled, moved and edited, one, a series or many."""
