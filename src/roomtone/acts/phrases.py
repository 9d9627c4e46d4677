"""Bits of phrases that several patterns are made of: times and sums, as they are spoken."""

import re


def any_of(*phrases: str) -> re.Pattern[str]:
    """Return a pattern that finds any of the phrases as whole words; one may begin or end with "$" or "%"."""
    return re.compile("|".join(rf"(?<!\w)(?:{phrase})(?:\b|(?!\S))" for phrase in phrases))


WHEN = (
    r"(?:today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|next "
    r"(?:week|month|quarter|year)|"
    r"this (?:week|month|afternoon|evening|quarter)|end of (?:the )?(?:day|week|month|quarter|year)|"
    r"within (?:\w+ ){1,3}(?:hours?|days?|weeks?|months?)|in (?:\w+ ){1,3}(?:days|weeks|months)|by "
    r"(?:the )?(?:\d+|first|second|third|tenth|"
    r"fifteenth|noon|end|close|monday|then|january|february|march|april|may|june|july|august|"
    r"september|october|november|december)|"
    r"(?:january|february|march|april|june|july|august|september|october|november|december)|\d+ "
    r"(?:hours|days|weeks|business days)|"
    r"(?:two|three|four|five|six|seven|ten|fourteen|thirty|sixty|ninety) (?:hours|days|weeks|"
    r"months|business days)|first thing|right after (?:this|the) call|on time|"
    r"eod|asap)"
)
MONEY = (
    r"(?:[$£€]\s?\d[\d.]*\s?(?:k|million|thousand|grand)?|\d[\d.]* ?(?:dollars|bucks|euros|pounds|"
    r"cents|grand|k (?:a|per))|"
    r"(?:\w+ )?(?:hundred|thousand|grand|million) (?:dollars|bucks|euros|pounds|a (?:month|year|"
    r"seat|unit)|per (?:month|year|seat|user|unit))|"
    r"(?:ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|"
    r"thousand)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))? "
    r"(?:dollars|bucks|euros|pounds|cents|grand))"
)
