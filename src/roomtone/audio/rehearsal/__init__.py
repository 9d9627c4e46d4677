"""What a check of the devices plays, hears and measures."""
