"""What to say to the seller, and when to say nothing."""
