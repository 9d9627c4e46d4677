"""Figures in words, as the nudges say them."""


def in_words(duration_s: float) -> str:
    """Return a duration as one says it: "80 seconds", "3 minutes", "2 min 30 s"."""
    whole_s = round(duration_s)
    minutes, rest_s = divmod(whole_s, 60)
    if whole_s < 2 * 60:
        return "1 second" if whole_s == 1 else f"{whole_s} seconds"
    return f"{minutes} minutes" if rest_s < 10 else f"{minutes} min {rest_s} s"


def clock(duration_s: float) -> str:
    """Return a duration as m:ss."""
    minutes, rest_s = divmod(round(duration_s), 60)
    return f"{minutes}:{rest_s:02d}"


def quoted(text: str, *, most: int = 60) -> str:
    """Return what was said in quotes, its end where it is long."""
    words = text.split()
    while len(words) > 1 and len(" ".join(words)) > most:
        words = words[1:]
    kept = " ".join(words)
    cut = "… " if kept != " ".join(text.split()) else ""
    return f"“{cut}{kept[:most]}”"
