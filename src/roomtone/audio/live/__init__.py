"""A call in progress: two devices on one time line that never stops."""
