"""Names and terms of a call, and where they take the place of what was written for them. Pure.

Whisper writes a name it does not know as words that sound like it. Told the name beforehand, it writes it
right, and also where nobody said it. So it is told only the terms that sound like something it wrote, and a
term is taken over only in that place, and only where Whisper is at least as sure of it.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from roomtone.types import Word

LEAST_LIKENESS = 0.72
"""Of two spellings reduced to sounds; at 0.65 most sentences hold something like one of fifty terms."""
LEAST_LETTERS = 4
"""Shorter terms sound like too much."""
MORE_WORDS = 2
"""So many words more than a term has may have been written for it."""
MOST_TERMS = 12
"""Of those told at once, the likest: more text before the words misleads the decoder."""
_WORD = re.compile(r"[^\W_](?:[\w&-]*\w)?(?:['\N{RIGHT SINGLE QUOTATION MARK}](?!s\b)\w+)?")
_SENTENCE_BEGINS = re.compile(r"(?:^|[.?!:;]|\s[-\N{EN DASH}\N{EM DASH}])[^\w]*$")
_NO_NAMES = frozenset({"I", "I'm", "I'll", "I'd", "I've"})
"""Always written with a capital."""
_SOUNDS = (
    ("ph", "f"), ("ght", "t"), ("ck", "k"), ("qu", "kw"), ("sch", "sh"), ("tch", "ch"), ("wh", "w"),
    ("ce", "se"), ("ci", "si"), ("cy", "si"), ("x", "ks"), ("c", "k"), ("q", "k"), ("z", "s"), ("v", "f"),
    ("y", "i"), ("d", "t"), ("b", "p"), ("g", "k"),
)  # fmt: skip
_VOWELS = str.maketrans("eiou", "aaaa")


def parse(text: str) -> tuple[str, ...]:
    """Return the terms of a file: one a line, perhaps as a Markdown list; ``#`` begins a remark."""
    lines = (
        line.partition("#")[0].strip().removeprefix("- ").removeprefix("* ") for line in text.splitlines()
    )
    return tuple(dict.fromkeys(term for line in lines if (term := " ".join(line.split()))))


def names_in(text: str) -> tuple[str, ...]:
    """Return what is written like a name in a line of text, such as a point of the agenda: "Acme", "Model S".

    That is words beginning with a capital in the middle of a sentence, and those with a capital or a digit
    inside ("HubSpot", "S3") anywhere. Of a line in Title Case only the latter can be told.
    """
    found = list(_WORD.finditer(text))
    long_words = [word.group() for word in found[1:] if len(word.group()) >= LEAST_LETTERS]
    is_title = len(long_words) > 2 and all(word[0].isupper() for word in long_words)
    names: list[str] = []
    previous_end: int | None = None
    for word in found:
        name = word.group()
        begins_sentence = _SENTENCE_BEGINS.search(text[: word.start()]) is not None
        by_capital = name[0].isupper() and not (begins_sentence or is_title) and name not in _NO_NAMES
        by_inside = name[0].isalpha() and any(letter.isupper() or letter.isdigit() for letter in name[1:])
        if not (by_capital or by_inside):
            continue
        if previous_end is not None and text[previous_end : word.start()] == " ":
            names[-1] += f" {name}"
        else:
            names.append(name)
        previous_end = word.end()
    return tuple(dict.fromkeys(names))


class Glossary:
    """The terms of one call."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._sounds = {term: _sound(term) for term in terms if len(_letters(term)) >= LEAST_LETTERS}

    def __bool__(self) -> bool:
        return bool(self._sounds)

    def like(self, words: Sequence[Word]) -> list[str]:
        """Return the terms that something among the words sounds like and is not, likest first."""
        found = []
        for term, sound in self._sounds.items():
            longest = len(term.split()) + MORE_WORDS
            spans = [words[at : at + length] for at in range(len(words)) for length in range(1, longest + 1)]
            if any(_parts(span) == [_letters(part) for part in term.split()] for span in spans):
                continue
            likeness = max((_likeness(_sound(_joined(span)), sound) for span in spans), default=0.0)
            if likeness >= LEAST_LIKENESS:
                found.append((likeness, term))
        return [term for _, term in sorted(found, reverse=True)[:MOST_TERMS]]

    def taken_over(self, words: Sequence[Word], told: Sequence[Word], terms: Iterable[str]) -> list[Word]:
        """Return the words with those of ``told``, written knowing the ``terms``, where they are such.

        Both are of the same audio. A term keeps out of a place that sounds different or is surer as it is.
        """
        merged = list(words)
        for term in terms:
            for start, end in _places(told, term):
                new = [*told[start:end]]
                spans = [at for at, word in enumerate(merged) if _covers(new, word)]
                if not spans:
                    continue
                old = merged[spans[0] : spans[-1] + 1]
                is_like = _likeness(_sound(_joined(old)), self._sounds[term]) >= LEAST_LIKENESS
                is_surer = _probability(new) >= _probability(old)
                as_written = _as_written(new, term)
                if is_like and is_surer and _parts(old) != _parts(as_written):
                    merged[spans[0] : spans[-1] + 1] = as_written
        return merged


def _places(words: Sequence[Word], term: str) -> list[tuple[int, int]]:
    """Return where a term is written among the words, whatever the spaces and the punctuation."""
    letters, longest = _letters(term), len(term.split()) + MORE_WORDS
    return [
        (at, at + length)
        for at in range(len(words))
        for length in range(1, longest + 1)
        if at + length <= len(words) and _joined(words[at : at + length]) == letters
    ]


def _as_written(words: Sequence[Word], term: str) -> list[Word]:
    """Return the term as in the glossary, a word a part, with the times and the last mark of the words."""
    parts, last = term.split(), words[-1].text
    tail = last[len(last.rstrip(".,?!;:")) :]
    start_s, end_s = words[0].start_s, words[-1].end_s
    step_s = (end_s - start_s) / len(parts)
    return [
        Word(
            part + (tail if number == len(parts) - 1 else ""),
            round(start_s + number * step_s, 3),
            round(start_s + (number + 1) * step_s, 3),
            _probability(words),
        )
        for number, part in enumerate(parts)
    ]


def _covers(new: Sequence[Word], word: Word) -> bool:
    return new[0].start_s <= (word.start_s + word.end_s) / 2 <= new[-1].end_s


def _probability(words: Sequence[Word]) -> float:
    return min(word.probability for word in words)


def _parts(words: Sequence[Word]) -> list[str]:
    return [_letters(word.text) for word in words]


def _joined(words: Sequence[Word]) -> str:
    return "".join(_parts(words))


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _sound(text: str) -> str:
    """Return letters that stand for sounds: one vowel, voiced and voiceless alike, nothing doubled."""
    sound = _letters(text)
    for written, heard in _SOUNDS:
        sound = sound.replace(written, heard)
    sound = sound.translate(_VOWELS)
    return "".join(now for before, now in zip(f" {sound}", sound, strict=False) if now != before)


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < LEAST_LIKENESS or matcher.quick_ratio() < LEAST_LIKENESS:
        return 0.0
    return matcher.ratio()
