"""Turns of phrase by which an act gives itself away; every pattern reads a text as it was spoken."""

import re
from collections.abc import Mapping

from roomtone.types import Act, PromiseKind


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b(?:{phrase})\b" for phrase in phrases))


_WE = r"(?:i|we)"
_WILL = r"(?:i'll|we'll|i will|we will|i'm going to|we're going to|i am going to|we are going to|i'm gonna|we're gonna)"
_DO_LATER = (
    r"(?:send|email|forward|get (?:back|you|that|this|it|those|them|him|her|the|somebody|someone|a)|follow up|call you|"
    r"ring you|deliver|ship|install|include|add|build|fix|waive|refund|credit|extend|hold|honor|honour|match|knock|"
    r"throw|cover|guarantee|make sure|ensure|see to it|have (?:it|that|this|them|everything|somebody|someone|the|you|an?|our|your)|"
    r"provide|give you|set (?:it|that|this|you|up)|put (?:together|that|it|you|a|in)|write|draft|prepare|share|schedule|book|"
    r"arrange|assign|train|support|migrate|move|upgrade|replace|repair|finish|complete|reach out|loop|connect you|introduce|"
    r"check with|talk to|speak (?:to|with)|find out|look into|take care|handle|do (?:it|that|this)|keep (?:the|that|it|you)|lock|"
    r"reserve|charge|bill|pay|sign|bring|drop|cap|customi[sz]e|configure|roll (?:it|that|this)?|return|let you know|"
    r"come (?:back|out|by|to)|start|launch|go live|stand by|commit|price)"
)
_IN_THE_CALL = _any(
    r"be (?:right )?(?:with you|back)",
    r"(?:in|for|just) (?:a|one) (?:second|sec|moment|minute|bit)(?: here)?$",
    r"one (?:second|moment|minute|sec)",
    r"(?:i'll|i will|i'm going to|i'm gonna|let me) (?:just |quickly |go ahead and )*(?:tell you what|be honest|"
    r"say|admit|ask|show you|share my screen|share my|pull|bring up|put you on (?:a )?(?:brief )?hold|check|look|see|read|repeat|"
    r"start (?:by|with|off)|stop|pause|skip|go (?:through|over|into)|walk|explain|give you (?:an example|some context|a sense|a "
    r"quick|the short|one example)|put it (?:this|that) way|jump|let you (?:go|talk|speak|finish|get)|hand it|pass|switch|type|write that|"
    r"note|make a note|take notes|try|think|assume|guess|need|have to|want)",
    r"(?:we'll|we will) (?:see|talk about|get to|come to|go through|cover that (?:later|in))",
    r"you have to",
    r"i'll bet",
    r"(?:i'll|i will) (?:probably|maybe|have to|need to|try to|consider|think)",
    r"if i'll",
    r"i'll take (?:it|that|the|one|two)",
)
"""Said of this call, of this minute, or of nothing at all: no promise."""

_WHEN = (
    r"(?:today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|next (?:week|month|quarter|year)|"
    r"this (?:week|month|afternoon|evening|quarter)|end of (?:the )?(?:day|week|month|quarter|year)|"
    r"within (?:\w+ ){1,3}(?:hours?|days?|weeks?|months?)|in (?:\w+ ){1,3}(?:days|weeks|months)|by (?:the )?(?:\d+|first|second|third|tenth|"
    r"fifteenth|noon|end|close|monday|then|january|february|march|april|may|june|july|august|september|october|november|december)|"
    r"(?:january|february|march|april|june|july|august|september|october|november|december)|\d+ (?:hours|days|weeks|business days)|"
    r"(?:two|three|four|five|six|seven|ten|fourteen|thirty|sixty|ninety) (?:hours|days|weeks|months|business days)|first thing|right after (?:this|the) call|on time|"
    r"eod|asap)"
)
_MONEY = (
    r"(?:[$£€]\s?\d[\d.]*\s?(?:k|million|thousand|grand)?|\d[\d.]* ?(?:dollars|bucks|euros|pounds|cents|grand|k (?:a|per))|"
    r"(?:\w+ )?(?:hundred|thousand|grand|million) (?:dollars|bucks|euros|pounds|a (?:month|year|seat|unit)|per (?:month|year|seat|user|unit))|"
    r"(?:ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))? "
    r"(?:dollars|bucks|euros|pounds|cents|grand))"
)

_PATTERNS: Mapping[Act, re.Pattern[str]] = {
    Act.ACKNOWLEDGEMENT: _any(
        r"(?:that|this|it) (?:totally |completely |really |absolutely |all |definitely |does )*makes? (?:a lot of |total |perfect |complete |so much )?sense",
        r"if i (?:were|was) (?:you|in your (?:shoes|position|seat|place))", r"i'd (?:feel|think|be|want) (?:exactly )?(?:the same|that way|just as)",
        r"i would (?:feel|think|be) (?:exactly )?(?:the same|that way)", r"i (?:totally |completely |really |absolutely |definitely |certainly |do )*(?:hear you|hear that|"
        r"understand (?:that|how|why|where|your|the|completely|it)|get (?:that|it|why)|see (?:why|how you|how that|where you|your point)|"
        r"appreciate (?:that|you (?:saying|sharing|telling|being)|the honesty|your))",
        r"(?:that's|that is) (?:a |totally |completely |a totally |a very |a really |absolutely |more than )*(?:fair|understandable|reasonable|valid|legitimate)",
        r"fair (?:enough|point)", r"(?:good|great|valid) point", r"i can (?:imagine|see (?:why|how|that)|understand|appreciate|only imagine|relate)",
        r"(?:that|it) (?:sounds|must (?:be|have been|feel)) (?:really |very |so |pretty )*(?:frustrating|hard|tough|difficult|stressful|painful|exhausting|annoying|rough)",
        r"you're (?:right|not wrong) to", r"you're (?:absolutely |totally )?right", r"i don't blame you", r"no wonder", r"can't blame you",
        r"thanks? (?:you )?for (?:being (?:honest|open|straight|candid|direct)|telling me|sharing (?:that|this)|saying)",
        r"understandabl[ey]", r"i'm (?:so |really |very )?sorry (?:to hear|for the|about|that|you)", r"of course you (?:are|do|would|feel|want)",
        r"so what i'm hearing", r"what i (?:hear|heard) (?:you saying|is)", r"it sounds like you", r"sounds like (?:that's|this|it|the|you)",
    ),
    Act.PUSHBACK_PRICE: _any(
        r"too (?:expensive|pricey|costly|rich|steep|much money)", r"(?:can't|cannot|can not|couldn't|could not|not) afford", r"(?:over|out of|outside|above|beyond) (?:our |my |the )?(?:budget|price range)",
        r"(?:no|not|don't have|haven't got|isn't|ran out of|cut our|any) (?:the |any |much |in the |in our |left in the )*budget", r"(?:that's|it's|is|seems?|feels?|sounds?) (?:a |really |pretty |quite |very |a bit |way |kind of |a little )*(?:expensive|steep|pricey|high for|hefty|costly)",
        r"(?:a lot|lot) of money", r"(?:more|higher) than (?:we|i) (?:expected|budgeted|planned|thought|wanted|can|were|was|pay|have)", r"(?:cheaper|lower|better) (?:price|somewhere|elsewhere|rate|quote|deal|option)",
        r"(?:can't|hard to|difficult to|cannot) justify (?:that|the|this|spending|it|paying)", r"(?:price|cost|number|quote|figure|fee)s? (?:is|are|seems?|feels?|looks?) (?:a |just |way |really |pretty |quite |too |still )*(?:high|steep|much|a problem|an issue|the problem|the issue)",
        r"sticker shock", r"come down on (?:the )?price", r"(?:do|can you do|any) (?:better|anything) (?:on|about) (?:the )?(?:price|cost)", r"(?:twice|double|triple) what (?:we|i)",
    ),
    Act.PUSHBACK_TIMING: _any(
        r"(?:not|isn't|wasn't) (?:really |quite |exactly )?(?:a |the )?(?:good|right|best|great) time", r"bad time(?:ing)?", r"(?:call|try|reach out|circle back|come back|check back|touch base|talk|revisit)(?: \w+){0,5} (?:next (?:quarter|year|month)|in (?:a few|six|three|a couple of|the (?:fall|spring|summer|new year)) ?(?:months?|weeks?|quarters?)?|after the (?:holidays|summer|new year|audit|season)|later (?:this|in the) year)",
        r"not (?:a priority|on (?:our|the|my) (?:radar|roadmap|list|priority))", r"too (?:busy|much going on|much on (?:our|my) plate|soon|early)", r"(?:maybe|perhaps|probably) (?:next (?:year|quarter)|later|down the (?:road|line))", r"(?:swamped|slammed|up to our (?:necks|eyeballs|ears))",
        r"(?:on hold|frozen|freeze) (?:until|till|for)", r"(?:don't|do not) have (?:the )?(?:time|bandwidth|capacity|cycles|people)", r"not (?:right )?now", r"no (?:rush|hurry)", r"in no (?:rush|hurry)", r"a lot (?:going on|on our plate|on my plate)",
    ),
    Act.PUSHBACK_AUTHORITY: _any(
        r"(?:not|isn't|wouldn't be) (?:really |just |only )?(?:my|up to me|mine to|me who) ?(?:call|decision|to decide|decides|to make)?", r"(?:run|check|clear|discuss|go over|talk|bring|take|speak|confer|sit down)(?: \w+){0,4} (?:by|with|past|to|before) (?:my|our|the) (?:\w+ ){0,2}(?:boss|manager|ceo|cfo|cto|coo|board|director|partner|husband|wife|team|committee|legal|procurement|finance|superiors?|vp|president|owner|business partner|leadership|management|head|it)",
        r"(?:sign|signs|signed) off", r"(?:don't|do not|doesn't) have (?:the )?(?:authority|final say|power)", r"not (?:the )?(?:decision maker|one who|person who|authori[sz]ed)", r"(?:above|over) my (?:pay grade|head)", r"(?:has|have|needs?) to (?:approve|sign|go through|get approval)", r"(?:can't|cannot|couldn't) (?:make|take) (?:that|the|this|any|a) (?:decision|call)",
        r"(?:my|our|the) (?:boss|manager|ceo|cfo|cto|board|director|partner|husband|wife|procurement|legal|finance)(?: team| department)? (?:would|will|has|have|needs?|makes?|decides?|won't|would never|holds|handles|controls)",
    ),
    Act.PUSHBACK_RIVAL: _any(
        r"(?:already|currently|been|we're|happy) (?:\w+ ){0,3}(?:work(?:ing)?|partner(?:ed|ing)?|contract(?:ed)?|sign(?:ed)?|lock(?:ed)?|talk(?:ing)?|go(?:ing)?) (?:\w+ ){0,2}with (?!you\b|it\b|that\b)(?:another|someone|somebody|a different|a competitor|other|[a-z]+)", r"(?:talking to|looking at|evaluating|considering|comparing|getting quotes from|leaning toward|leaning towards|demo(?:s|ing)?(?: from| with)?) (?:\w+ ){0,3}(?:other|others|another|competitors?|vendors?|options|alternatives|providers?|compan(?:y|ies)|people|firms?)",
        r"(?:your|the) competit(?:ors?|ion)", r"(?:another|a different|existing|current|other) (?:vendor|supplier|provider|company|agency|firm|contractor)", r"(?:under|in a|signed a|have a|locked into a) (?:\w+ )?contract (?:with|until|through)",
    ),
    Act.PUSHBACK_STATUS_QUO: _any(
        r"(?:happy|fine|satisfied|good|comfortable|okay|ok|content|all set) with (?:what|how|our|the (?:way|current|one)|where)", r"(?:works|working|does|doing) (?:just |pretty |perfectly |well )*(?:fine|well|okay|great|the job)(?: for us| as it is| as is| right now| today)?",
        r"(?:we've|we have|i've) always (?:done|used|managed|had|worked)", r"(?:don't|do not|didn't) (?:really |actually |see (?:a|the|any) |have (?:a|any) )*need (?:this|that|it|any|a|to change|another|for)", r"(?:do|doing|handle|handling|built|build|manage|managing|run|running) (?:it|that|this|everything|all of (?:it|that)) (?:ourselves|in house|internally|by hand|manually|on our own)",
        r"(?:if it )?ain't broke", r"(?:isn't|not) broken", r"gets? the job done", r"what we have (?:works|is|does)", r"(?:don't|no reason to|why would we|not looking to|not interested in|no need to) (?:want to )?(?:chang|switch|mov|replac)\w*", r"used to (?:our|the way|doing)", r"we're all set", r"(?:spreadsheets?|excel) (?:works?|does|is|are|gets?)",
    ),
    Act.PUSHBACK_TRUST: _any(
        r"(?:never|haven't|hadn't) (?:even )?heard of (?:you|your|this)", r"(?:how|why|what) (?:do|would|can|should|if|could) (?:i|we|you) (?:know|trust|believe|be sure|don't|go out of|go under|get acquired)", r"(?:don't|do not|didn't|hard to|not sure i|not sure we) (?:really |quite |fully )?(?:trust|believe)", r"(?:been|got|get|were|was) burn(?:ed|t)", r"(?:sounds?|seems?) too good to be true", r"(?:skeptical|sceptical|suspicious|dubious|wary|leery)",
        r"(?:heard|read|seen) (?:\w+ ){0,4}(?:bad|horror|mixed|negative|terrible|awful) (?:\w+ )?(?:stories|things|reviews|feedback|experiences?)", r"(?:they|you|vendors|salespeople|everybody|everyone|you guys|you all) (?:all |always )?(?:say|says|promise|promised|claim) (?:that|the same|this|it)", r"(?:prove|proof|show me|any evidence|case stud|references?)", r"small (?:company|startup)", r"(?:isn't|not) (?:really |quite )?(?:what|how) (?:we|i) (?:were|was) (?:told|promised|sold)", r"(?:the )?catch",
    ),
    Act.PUSHBACK_OTHER: _any(
        r"not (?:really |that |super )?interested", r"not (?:sure|convinced|certain) (?:this|that|it|if this|if that|whether this|that this) (?:\w+ )?(?:is|fits?|right|will|would|makes|for)", r"not (?:really |quite |exactly )?(?:a (?:good |great )?fit|for us|what (?:we|i)|our|the right)", r"(?:doesn't|don't|won't|wouldn't|does not|can't) (?:really |actually |even )?(?:work for|fit|suit|help|solve|do what|integrate|support|meet|apply|scale)", r"(?:i'd|we'd|i'll|we'll|we will|i will|i would) (?:rather not|pass|have to pass|say no)", r"no thank(?:s| you)", r"(?:big|major|main|real|only|biggest) (?:concern|problem|issue|worry|hesitation|reservation)", r"deal ?breaker", r"remove (?:me|us) from", r"stop calling", r"(?:just )?send me (?:some |an |the |your )?(?:info|information|email|brochure|something)", r"(?:have|need) to think (?:about|it|on)", r"think it over",
    ),
    Act.COMMITMENT: _any(
        rf"{_WILL} (?:go ahead and |definitely |also |personally |certainly |happily |just |make sure to |gladly |absolutely |then |be able to |always )*{_DO_LATER}",
        rf"{_WILL} (?:\w+ ){{1,8}}?(?:by|before|no later than|within|on|next|at no|for free|free of|until) (?:\w+ )?{_WHEN}",
        r"(?:i|we) (?:promise|guarantee|commit|can commit|can guarantee|can promise|do guarantee|give you my word)", r"you(?:'ll| will) (?:have|get|receive|see) (?:\w+ ){0,6}" + _WHEN,
        r"you have my word", r"(?:at|for) no (?:\w+ )?(?:extra |additional )?(?:charge|cost)", r"(?:free of charge|on the house|on us)$", rf"(?:we|i) can (?:have|get|do|deliver|ship|include|waive|throw in|knock|offer|give you|start|add|match|honou?r|extend|hold|cover|lock) (?:\w+ ){{1,8}}?(?:{_WHEN}|free|percent|%|off|no (?:extra )?c\w+|discount|{_MONEY})",
        r"count on (?:me|us)", r"consider it done", r"leave (?:it|that) (?:with|to) (?:me|us)", r"(?:it|that|this|they|everything)(?:'ll| will) be (?:ready|done|there|finished|delivered|live|shipped|included|available|fixed|with you|in your inbox)", r"(?:is|are|comes?|that's) (?:all |fully |already )?(?:included|covered)(?: (?:in|by|under) | at no| for free)",
        r"happy to (?:take care of|waive|include|send|throw in|extend|do) (?:\w+ )*",
    ),
    Act.NEXT_STEP: _any(
        r"next steps?", rf"(?:let's|shall we|should we|can we|could we|why don't we|why don't i|how about we|we should|we could|i'd like to|i'd love to|i suggest we|i propose we|want to|wanna|would you like to) (?:go ahead and |just |maybe |all |both )*(?:schedule|set up|set|book|get (?:something |another |a |a time |time |that |this |you )?(?:\w+ )?(?:on the (?:calendar|books)|scheduled|booked|together)|meet|talk again|reconnect|regroup|circle back|sync|hop on|jump on|find (?:a |some )?time|pencil|put (?:something|a time|it|that|time|you) (?:on|in|down)|do (?:a |another )?(?:call|demo|follow up|meeting|trial|pilot)|touch base|plan (?:a|on)|pick (?:a|it|this) )",
        r"(?:schedule|set up|book|pencil|arrange) (?:\w+ ){0,3}(?:call|meeting|demo|time|appointment|session|visit|walkthrough|review|chat|follow up|workshop|in)", r"follow[- ]?up (?:call|meeting|with you|next|on)", r"(?:send|sent) (?:you |over |out )*(?:\w+ )?(?:a |an |the )?(?:calendar )?invite", rf"(?:talk|speak|meet|see you|chat|call|reconnect|catch up|pick (?:this|it) up|back here|circle back) (?:again |you |then |on |up )*(?:{_WHEN})", rf"(?:does|would|is|how about|how does|how's|are you (?:free|available|around)) (?:\w+ ){{0,4}}{_WHEN}(?: \w+){{0,6}} ?(?:work|good|okay|suit|sound|better|free|available)?",
        r"on (?:the|your|my|our) calendar", r"what (?:happens|would happen|comes) (?:next|from here|after this)", r"where do we go from here", r"how (?:do|should) we (?:move|proceed|want to proceed|go) ?(?:forward|from here|ahead)?", r"(?:get|kick) (?:the )?(?:ball rolling|things (?:rolling|moving|started)|(?:this )?(?:off|started) (?:with|by|on))", r"move (?:forward|ahead) (?:with|on)", r"paperwork (?:over|started|going|today)",
    ),
    Act.CONFUSION: _any(
        r"(?:i'm |we're |i am |just |still |kind of |a little |a bit |pretty |really |now i'm |getting )+(?:confused|lost|baffled|overwhelmed|puzzled|torn|stuck|unclear)", r"(?:not|isn't) (?:\w+ )?(?:sure|certain|clear) (?:\w+ ){0,2}(?:how|what|which|who|where|why|i follow|i understand|i get|we'd|we would|what that means)", r"(?:don't|didn't|do not) (?:really |quite |fully |actually )?(?:understand|follow|get (?:it|how|what|why|that)|see how)", r"(?:what|how) do you mean", r"what does that (?:even )?mean", r"(?:can|could) you (?:explain|repeat|clarify|go over|say) (?:that|it|this)", r"(?:i |we )(?:can't|cannot|can not) (?:decide|make up (?:my|our) mind|tell|figure|wrap my head)", r"(?:wrap|get) (?:my|our) (?:head|heads|mind) around", r"who else (?:needs|has|should|would)", r"(?:a lot|too much) to (?:take in|digest|process|absorb)", r"so many (?:options|choices|things|moving)", r"(?:i |we )(?:have no idea|don't (?:even )?know (?:where|how|what|which|if|whether))", r"(?:you )?lost me", r"over my head", r"(?:going )?back and forth", r"(?:hard|tough|difficult) to (?:say|know|tell|decide|choose)", r"wait (?:so|what|i thought|a minute|which)",
    ),
    Act.BUYING_SIGNAL: _any(
        r"how (?:soon|quickly|fast) (?:can|could|would|are|do)", r"when (?:can|could|would) (?:we|you|i|they|it|someone) (?:\w+ )?(?:start|begin|get|have|install|deliver|come|ship|go live|be)", r"(?:what|how) (?:would|does|do) (?:the )?(?:onboarding|implementation|rollout|setup|contract|payment|terms|process|next steps?|installation|training) (?:look|work|take|involve|entail)", r"(?:do|does|is|are) (?:you|it|there|that|this|the) (?:\w+ ){0,4}(?:discount|payment plan|financing|trial|warranty|guarantee|annual|volume)", r"(?:exactly|just) what (?:we|i)(?:'ve| have| are|'re)? (?:need|been looking|want|looking for)", r"(?:where|what) do (?:i|we) (?:sign|need to sign|do to get started|need to do)", r"(?:let's|i'd like to|i would like to|we'd like to|we want to|i want to|ready to|we're ready|happy to|love to) (?:do (?:it|this)|get (?:it )?started|move (?:forward|ahead)|go (?:ahead|with|for)|sign|buy|order|try it|proceed|pull the trigger)", r"send (?:me|us|over|it) (?:\w+ ){0,3}(?:contract|agreement|paperwork|proposal|invoice|quote|order form)", r"(?:that|this|it) (?:would|could|will|'d) (?:really |definitely |totally |actually |save|be )*(?:save|solve|help|change|game changer|huge|perfect|ideal|amazing|a big help|make (?:my|our) (?:life|lives))", r"(?:can|could) (?:we|i|you) (?:add|get|start|have|include) (?:\w+ ){0,5}(?:seats|users|licen[sc]es|units|pilot|trial|more|today|this week)", r"(?:love|like) (?:that|this|it|what i)", r"sign (?:me|us) up", r"count (?:me|us) in", r"sold",
    ),
    Act.PRICE: _any(
        _MONEY, r"\w+ (?:percent|%) (?:off|discount)", r"\d+ ?% (?:off|discount)", r"(?:a|per) (?:month|year|seat|user|unit|head|license|licence) (?:per|billed|paid)", r"(?:list|total|monthly|annual|base|starting) (?:price|cost|fee) (?:is|would be|comes|starts|of)", r"(?:price|cost|fee|quote|total|investment) (?:is|comes (?:out )?(?:to|at)|would be|starts at|of|runs) (?:\w+ )?(?:\d|about|around|just|roughly|between)", r"(?:no charge|free of charge|no cost|for free)",
    ),
    Act.PITCH: _any(
        r"(?:our|the) (?:platform|product|software|solution|system|tool|service|app|team|technology|dashboard|clients|customers)(?: \w+){0,2} (?:lets?|allows?|helps?|gives?|is (?:the|designed|built)|are (?:seeing|getting)|saves?|automates?|integrates?|offers?|provides?|includes?|makes?|can|does|connects?|reduces?|handles?|comes|uses?)", r"what (?:we do|makes us|sets us|we offer|we've built|we provide|it does)", r"(?:we|company) (?:specialize|specialise|help (?:companies|businesses|teams|people|customers|clients|organi[sz]ations)|work with (?:companies|over|more|hundreds|thousands|some)|offer|provide|serve|pride ourselves)", r"(?:market|industry) leader|leading (?:provider|platform)|award winning|best in class|state of the art|cutting edge|one stop", r"(?:on average|typically) (?:our )?(?:customers|clients|companies|teams)", r"(?:the )?(?:great|beauty|nice|best|cool) (?:thing|part|of) (?:about|is|of) (?:our|this|it|that|the)",
    ),
    Act.SMALL_TALK: _any(
        r"how (?:are|have) you (?:guys |all )?(?:doing|been|today)?", r"how's (?:it going|your (?:day|week|morning|afternoon|family|weekend|summer)|everything|the weather|life)", r"(?:nice|good|great|lovely|pleasure) to (?:meet|see|talk|hear|finally|e meet|chat)", r"(?:have|enjoy) (?:a |your )(?:good|great|nice|wonderful|lovely|fantastic|rest)?\s?(?:day|one|weekend|evening|night|afternoon|week|rest|holiday)", r"(?:the )?weather", r"(?:your|my|the|our|this|last|long|good|great) weekend", r"(?:kids|vacation|holidays|game last night|the game|traffic|snow|raining|football|super bowl|golf|fishing|hiking|camping|barbecue)", r"(?:i'm|doing) (?:good|great|fine|well|alright|pretty good|not bad|okay)(?: thanks| thank you| how)", r"(?:good morning|good afternoon|good evening|happy (?:monday|friday|new year))", r"where (?:are you|you) (?:calling from|based|located|at)", r"thank(?:s| you) for (?:calling|taking|making|having|joining|hopping)",
    ),
}  # fmt: skip

_AGAINST: Mapping[Act, re.Pattern[str]] = {
    Act.COMMITMENT: _IN_THE_CALL,
    Act.BUYING_SIGNAL: _any(r"(?:don't|not|wouldn't|didn't|never) (?:\w+ )?(?:love|like|sold|ready)", r"(?:been|was|were|got) sold"),
    Act.PUSHBACK_AUTHORITY: _any(r"not my (?:name|car|order|number)"),
}  # fmt: skip

_BACKCHANNEL_WORD = (
    r"(?:yeah|yes|yep|yup|right|okay|ok|sure|mhm|mm|hm|hmm|uh|huh|um|mm hm|uh huh|i see|got it|gotcha|exactly|absolutely|"
    r"totally|of course|oh|wow|really|cool|great|good|nice|alright|all right|true|no way|oh wow|interesting|perfect|definitely|fair|"
    r"ah|aha|right on|for sure|indeed|correct)"
)
_BACKCHANNEL = re.compile(rf"^{_BACKCHANNEL_WORD}(?: {_BACKCHANNEL_WORD}){{0,2}}$")
_HUMMED = re.compile(r"^(?:[\s,.…!-]*(?:m+-?h+m+|u+h+-?h+u+h+|m+|h+m+|mm|ah|oh))+[\s,.…!-]*$", re.IGNORECASE)
"""The hums that :func:`spoken` takes for fillers."""

_PROMISE_KINDS: Mapping[PromiseKind, re.Pattern[str]] = {
    PromiseKind.PRICE: _any(
        _MONEY, r"discount", r"(?:percent|%) off", r"\d+ ?%", r"waive", r"(?:no|free of|without|extra|additional) (?:\w+ )?(?:charge|cost|fee)s?", r"free", r"refund", r"credit", r"price", r"pricing", r"rate",
        r"on the house", r"on us", r"match (?:their|that|the)", r"knock", r"money back", r"invoice", r"payment terms",
    ),
    PromiseKind.DATE: _any(_WHEN, r"deadline", r"overnight", r"go live (?:on|by|in)", r"before (?:the|your|you|we|christmas|launch)"),
    PromiseKind.FEATURE: _any(r"integrat\w+", r"feature", r"roadmap", r"(?:build|develop|code|customi[sz]e|configure|add) (?:\w+ ){0,5}(?:for you|report|dashboard|button|field|api|connector|export|option|module|language|version|workflow|form|screen|view)", r"sso|single sign on|api|connector|plugin|mobile app|dark mode|release", r"(?:it|that|this|the system|the software)(?:'ll| will) (?:be able to|support|work with|sync|handle)"),
    PromiseKind.SUPPORT: _any(r"support", r"train(?:ing)?", r"onboard\w*", r"help", r"account manager", r"technician|engineer|specialist|consultant|somebody|someone", r"fix|repair|replace|look into|troubleshoot|take care", r"available|on call|24 7|around the clock|hotline", r"walk (?:you|your|them) through", r"call you|get back to you|follow up|let you know|reach out|check with|find out|send|email|forward|share|introduce|connect"),
}  # fmt: skip
"""In this order: what it costs and when it comes is what a contract is disputed over."""

PROBABILITY = 0.8
"""Given to what a pattern alone found: about the share of them that are right."""


def found(words: str) -> set[Act]:
    """Return the acts that a turn of phrase speaks for; ``words`` is a text as it was spoken."""
    return {
        act
        for act, pattern in _PATTERNS.items()
        if pattern.search(words) and not (act in _AGAINST and _AGAINST[act].search(words))
    }


def excluded(words: str) -> set[Act]:
    """Return the acts that the words cannot be, whatever they are near to."""
    return {act for act, pattern in _AGAINST.items() if pattern.search(words)}


def is_backchannel(text: str, words: str) -> bool:
    """Return whether a whole sentence is no more than a sign of listening."""
    return bool(_BACKCHANNEL.match(words) or _HUMMED.match(text))


def promise_kind(words: str) -> PromiseKind:
    """Return what a promise is about: what to deliver, unless the words name something more special."""
    kinds = (kind for kind, pattern in _PROMISE_KINDS.items() if pattern.search(words))
    return next(kinds, PromiseKind.SCOPE)
