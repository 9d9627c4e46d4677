"""Sources of audio: files, paced or as fast as possible."""
