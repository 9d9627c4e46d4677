"""What is done with words: questions, push-back, promises and the rest, sentence by sentence."""

from roomtone.acts.recogniser import SentenceReader, load

__all__ = ["SentenceReader", "load"]
