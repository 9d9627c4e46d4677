"""Running a call and keeping its events."""
