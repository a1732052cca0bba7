"""What is due to people: planned from what they booked, promised or agreed to, sent once, at a decent hour."""
