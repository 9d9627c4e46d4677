"""Which sentences ask, and for how much, from their form: recognisers leave many question marks out."""

import re

from roomtone.types import Act, QuestionKind

_LEAD_IN = (
    r"^(?:(?:okay|ok|so|and|but|or|well|now|alright|all right|right|just|then|also|oh|sorry|yeah|"
    r"yes|no|hi|hey|"
    r"hello|great|good|cool|perfect|sure|wow|wonderful|first|second|actually|i mean|you know|like|because|"
    r"cause|thanks|thank you|got it|i see|by the way|real quick|quick question|i guess|let me ask you|"
    r"my question is|the question is|and then|if i may ask|may i ask|can i ask|could i ask)\s+)*"
)
"""What may stand before the question itself."""
_AUXILIARY = (
    r"(?:am|are|is|was|were|do|does|did|has|have|had|can|could|would|will|should|may|might|shall|"
    r"aren't|isn't|wasn't|weren't|don't|doesn't|didn't|hasn't|haven't|can't|couldn't|wouldn't|"
    r"won't|shouldn't)"
)
_SUBJECT = (
    r"(?:you|your|i|we|our|it|its|that|this|those|these|there|they|their|he|she|the|anyone|anybody|"
    r"anything|"
    r"someone|somebody|something|monday|tuesday|wednesday|thursday|friday|everyone|everybody|everything|any)"
)
_VERB_FIRST = re.compile(
    # "do it" and "have a" are no questions, so what may follow depends on the verb.
    _LEAD_IN + rf"(?:(?:do|have|had) (?:you|we|they|i)\b|(?!do\b|have\b|had\b){_AUXILIARY} {_SUBJECT}\b)"
)
_WH = re.compile(
    _LEAD_IN + r"(?:(?:to |for |from |with |in |at |on |by |of )?"
    r"(?:what|why|how|who|whose|where|when|which|what's|how's|who's|where's|when's|why's)\b)"
)
_WH_ASKS = re.compile(
    _LEAD_IN + r"(?:(?:to|for|from|with|in|at|on|by|of) )?(?:"
    r"(?:what's|how's|who's|where's|when's|why's|how about|what about|why not|what if|how come|"
    r"what else|who else)\b"
    r"|(?:how|why|where|who) (?:to )?(?:do|does|did|is|are|was|were|would|will|can|could|should|"
    r"has|have|had)\b"
    r"|(?:what|when) (?:do|does|did|is|are|was|were|would|will|can|could|should|has|have|had|"
    r"happens|happened|"
    r"made|makes|brought|brings|might|kept|keeps|stopped|stops)\b"
    r"|who (?:makes|made|decides|owns|handles|signs|runs|uses|approves|needs|gets)\b"
    r"|(?:what|which|whose|how)(?: (?!i\b|we\b|you\b|he\b|she\b|they\b|it\b|that\b|this\b|there\b|"
    r"the\b)[\w']+){1,4}? "
    r"(?:do|does|did|is|are|was|were|would|will|can|could|should|has|have|had|am) "
    r"(?:you|your|i|we|it|that|this|they|there|the|he|she)\b"
    r")"
)
"""A question word and what shows that it asks; "what I need is" and "when I was" do not."""
_REQUEST = re.compile(
    r"\b(?:(?:can|could|would|will) you (?:please |just |maybe )?(?:tell|walk|talk|take|give|help|"
    r"share|describe|"
    r"explain|elaborate|say|spell|send|show)|tell me|talk me through|walk me through|help me understand|"
    r"i'm curious|i am curious|curious (?:what|how|why|whether|if)|i'd love to (?:hear|know|understand)|"
    r"i would love to (?:hear|know|understand)|love to hear (?:about|more|what|how)|"
    r"(?:was|am|i'm) (?:just )?wondering (?:if|how|what|why|whether|when|where|who)|i wonder (?:if "
    r"you|how you|what you)|"
    r"can you say more|say more about|any idea (?:what|how|when|why)|do you mind (?:telling|sharing|if)|"
    r"would you mind)\b"
)
_TAG = re.compile(
    r"(?:\b(?:isn't it|aren't you|aren't they|don't you|doesn't it|didn't you|won't you|wouldn't "
    r"you|haven't you|"
    r"is that right|is that correct|is that fair|does that make sense|does that sound (?:good|"
    r"right|fair|okay)|"
    r"would that work|will that work|does that work|am i right|if that's okay with you|or not)|, "
    r"right|, correct)$"
)
_OPEN = re.compile(
    _LEAD_IN + r"(?:(?:to|for|from|with|in|at|on|by|of) )?(?:what|what's|how|how's|why|why's|who|who's|"
    r"where (?:do|does|are|would|did) (?:you|your|things?|it|they) (?:see|stand|feel|stuck|"
    r"struggle|lose|losing|want)|"
    r"where's)\b"
    r"|\b(?:tell me (?:a bit |a little |a little bit |some )?(?:more )?(?:about|what|how|why)|tell me more|"
    r"walk me through|talk me through|take me through|help me understand|describe|say more|elaborate|"
    r"i'd love to (?:hear|know|understand) (?!if|whether)|i would love to (?:hear|know|understand) "
    r"(?!if|whether)|"
    r"(?:curious|wondering) (?:what|how|why|about)|tell us (?:a bit |a little |more )?(?:about|"
    r"what|how|why)|"
    r"what (?:do|did|does|would|is|are|happens|made|makes|else|kind|sort|brought) )\b"
    r"|\bso (?:what|how|why) (?:do|does|did|is|are|was|were|would|will|can|could|should)\b"
)
_FIGURE = re.compile(
    r"\b(?:how (?:many|much|long|often|soon|far|old|big|large|late|early|high|quickly|fast)\b|"
    r"(?:what|which) (?:time|day|date|year|month|week|size|percentage|percent|number|version|model|"
    r"address|street|city)\b|"
    r"(?:what's|what is|what was|what are|how do you spell|who is|who's) (?:the |your |his |her |"
    r"their )?(?:(?:full|last|first|best|"
    r"current|phone|email|zip|postal|account|order|serial) ?)*(?:name|names|email|number|address|"
    r"phone|code|"
    r"date|title|headcount|age|calling|this)\b|how does (?:\w+ ){1,4}(?:sound|work for you)$|"
    r"(?:can|could|may) i (?:get|have|ask|take) your\b)"
)
"""Asks for a figure, a date or a name, which is a closed question in open dress."""

_FEELING = re.compile(
    r"\bhow (?:do|did|does|would|are|is) (?:\w+ ){0,3}?(?:feel|feeling) (?:about|with|on|if|when|"
    r"knowing|hearing|so far|right now|now|"
    r"in general|at this point|toward|towards|around|after|seeing|having|today|that|when)\b"
    r"|\bhow (?:do|did|does|would|are) (?:you|your \w+|they|everyone|everybody|people|the team|the "
    r"\w+) (?:all |both |really |honestly |personally )*"
    r"(?:feel|feeling)\b"
    r"|\bhow (?:does|did|do) (?:(?!you\b)\w+ ){1,5}(?:feel|sit with|land with|land|strike) ?(?:you|"
    r"for you|to you|with you|on your side)?\b"
    r"|\bhow(?:'s| is| are)? (?:that|this|it|all of that|everything) (?:all )?(?:landing|sitting|feeling)\b"
    r"|\bhow (?:comfortable|confident|worried|nervous|happy|excited|sure|concerned|frustrat\w+|"
    r"stressful|anxious|uneasy|hopeful) "
    r"(?:are|were|is|do|would|does) (?:you|that|it|this|they|your)\b"
    r"|\bwhat(?:'s| is| was| are) (?:your |the |their )?(?:honest |first |initial |personal |"
    r"immediate )*(?:gut|gut feeling|gut reaction|feeling|"
    r"feelings|reaction|mood|biggest (?:worry|fear|concern)|worry|fear|emotional)\b"
    r"|\bwhat(?:'s| is)? (?:worries|worrying|concerns|bothers|bothering|excites|exciting|scares|"
    r"frustrates|frustrating|keeps) "
    r"(?:you|your|about)\b"
    r"|\bwhat (?:about (?:this|that|it) )?(?:worries|concerns|bothers|excites|scares|frustrates|"
    r"annoys) (?:you|them|your)\b"
    r"|\bwhat (?:feels|would feel|does it feel|did it feel)\b"
    r"|\bhow was that for you\b|\bhow did (?:that|it) make you\b|\bwhat did that (?:do to you|feel like)\b"
    r"|\b(?:does|do|did|would|is|are) (?:that|this|it|you|any of that|any of this|they) (?:\w+ "
    r")?(?:worry|concern|bother|scare|excite|frustrate|feel "
    r"(?:right|okay|comfortable|good|safe|risky|off|uneasy|frustrated|better|heard|rushed|"
    r"pressured|confident|fair))\b"
    r"|\bare you (?:feeling )?(?:comfortable|happy|worried|nervous|excited|okay|uneasy|anxious|"
    r"frustrated|relieved|disappointed) (?:with|about)\b"
    r"|\bwhere(?:'s| is) your (?:head|heart)\b"
)
_NAMED_IN_A_WORD = re.compile(
    _LEAD_IN + r"(?:(?:to|for|from|with|in|at|on|by|of|until|since) )?"
    r"(?:who|who's|whose|where|where's|when(?! (?:you|we|they|i|it|he|she|a|an|the|your|our|their)\b)|when's|"
    r"which)\b"
    r"|\b(?:(?:tell|remind) me|do you (?:happen to )?know|any idea) (?:who|whose|where|when|which)\b"
    r"|\bwhat(?:'s| is| are| was| were) (?:the |your |his |her |their |our |its |it |that )?(?:\w+ ){0,3}?"
    r"(?:budget|price|cost|costs|rate|rates|fee|fees|deadline|margin|share|turnover|revenue|capacity|size|"
    r"colou?r|limit|term|discount|brand|model|make|name|role|position|called|one|time|address)\b"
    r"|\bwhat(?:'s| is| was) (?:the|your|his|her|their|its) (?:\w+ ){0,2}?"
    r"(?:number|title|website|url|domain|version|industry|currency|postcode)\b(?! (?:one|like|for)\b)"
    r"|\bwhat (?:industry|sector|plan|package|tier|department|company|product|tool|system|software|platform|"
    r"provider|vendor|crm|version|country|state|region|language|currency|title) "
    r"(?:are|is|do|does|did|was|were|would|will)\b"
    r"|\bwhat (?:do|does|did|would|will|are|were) (?:you|they|we|it|he|she|that|this|the \w+|your \w+) "
    r"(?:currently |usually |normally |now |all )*"
    r"(?:pay|paying|charge|charging|cost|spend|spending|weigh|earn|use|using)\b"
    r"|\bhow (?:do you (?:spell|pronounce)|old|about (?:\w+day|tomorrow|next|in|at|the|on))\b"
)
"""Asks for what can be said in a word or two, though it begins as a question for a story does."""
_SOCIAL = re.compile(
    r"\bhow (?:are|have) you(?: guys| all)? ?(?:doing|been|today|feeling today)?\b|\bhow's it going\b"
)
"""Nobody wants to know: a greeting."""


def kind(text: str, words: str) -> QuestionKind | None:
    """Return what a sentence asks for, None when it asks nothing; ``words`` is the text as it was spoken.

    Stricter than the acts about what is open: an answer of two words to "Who decides?" is a full one.
    """
    acts = asked(text, words)
    if not acts:
        return None
    if Act.OPEN_QUESTION in acts and not _NAMED_IN_A_WORD.search(words):
        return QuestionKind.OPEN
    is_for_a_fact = _FIGURE.search(words) or _NAMED_IN_A_WORD.search(words) or _WH.search(words)
    return QuestionKind.FACT if is_for_a_fact and not _SOCIAL.search(words) else QuestionKind.CLOSED


def asked(text: str, words: str) -> dict[Act, float]:
    """Return what a sentence asks; ``words`` is the text as it was spoken."""
    marked = text.rstrip().rstrip("\"'”’)").endswith(("?", "？"))
    shown = bool(
        _VERB_FIRST.search(words) or _WH_ASKS.search(words) or _REQUEST.search(words) or _TAG.search(words)
    )
    feeling = bool(_FEELING.search(words)) and (marked or shown or bool(_WH.search(words)))
    if not (marked or shown or feeling):
        return {}
    certainty = 0.95 if marked and shown else 0.85 if marked else 0.8
    if feeling:
        form = Act.OPEN_QUESTION if _OPEN.search(words) else Act.CLOSED_QUESTION
        return {Act.FEELING_QUESTION: certainty, form: certainty}
    if _OPEN.search(words) and not _FIGURE.search(words) and not _SOCIAL.search(words):
        return {Act.OPEN_QUESTION: certainty}
    return {Act.CLOSED_QUESTION: certainty}
