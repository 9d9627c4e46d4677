"""The customer's voice in the seller's microphone, found and kept out."""
