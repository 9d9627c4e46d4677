"""Turns of phrase by which an act gives itself away; every pattern reads a text as it was spoken."""

import re
from collections.abc import Mapping

from roomtone.acts.phrases import MONEY, WHEN, any_of
from roomtone.acts.promises import IN_THE_CALL, PROMISES
from roomtone.types import Act

_PATTERNS: Mapping[Act, re.Pattern[str]] = {
    Act.ACKNOWLEDGEMENT: any_of(
        r"(?:that|this|it) (?:totally |completely |really |absolutely |all |definitely |does "
        r")*makes? (?:a lot of |total |perfect |complete |so much )?sense",
        r"if i (?:were|was) (?:you|in your (?:shoes|position|seat|place))",
        r"i'd (?:feel|think|be|want) (?:exactly )?(?:the same|that way|just as)",
        r"i would (?:feel|think|be) (?:exactly )?(?:the same|that way)",
        r"i (?:totally |completely |really |absolutely |definitely |certainly |do )*(?:hear you|"
        r"hear that|"
        r"understand (?:that|how|why|where|your|the|completely|it)|get (?:that|it|why)|see (?:why|"
        r"how you|how that|where you|your point)|"
        r"appreciate (?:that|you (?:saying|sharing|telling|being)|the honesty|your))",
        r"(?:that's|that is) (?:a |totally |completely |a totally |a very |a really |absolutely |"
        r"more than )*(?:fair|understandable|reasonable|valid|legitimate)",
        r"fair (?:enough|point)",
        r"(?:good|great|valid) point",
        r"i can (?:imagine|see (?:why|how|that)|understand|appreciate|only imagine|relate)",
        r"(?:that|it) (?:sounds|must (?:be|have been|feel)) (?:really |very |so |pretty "
        r")*(?:frustrating|hard|tough|difficult|stressful|painful|exhausting|annoying|rough)",
        r"you're (?:right|not wrong) to",
        r"you're (?:absolutely |totally )?right",
        r"i don't blame you",
        r"no wonder",
        r"can't blame you",
        r"thanks? (?:you )?for (?:being (?:honest|open|straight|candid|direct)|telling me|sharing "
        r"(?:that|this)|saying)",
        r"understandabl[ey]",
        r"i'm (?:so |really |very )?sorry (?:to hear|for the|about|that|you)",
        r"of course you (?:are|do|would|feel|want)",
        r"so what i'm hearing",
        r"what i (?:hear|heard) (?:you saying|is)",
        r"it sounds like you",
        r"sounds like (?:that's|this|it|the|you)",
    ),
    Act.PUSHBACK_PRICE: any_of(
        r"too (?:expensive|pricey|costly|rich|steep|much money)",
        r"(?:can't|cannot|can not|couldn't|could not|not) afford",
        r"(?:over|out of|outside|above|beyond) (?:our |my |the )?(?:budget|price range)",
        r"(?:no|not|don't have|haven't got|isn't|ran out of|cut our|any) (?:the |any |much |in the "
        r"|in our |left in the )*budget",
        r"(?:that's|it's|is|seems?|feels?|sounds?) (?:a |really |pretty |quite |very |a bit |way |"
        r"kind of |a little )*(?:expensive|steep|pricey|high for|hefty|costly)",
        r"(?:a lot|lot) of money",
        r"(?:more|higher) than (?:we|i) (?:expected|budgeted|planned|thought|wanted|can|were|was|"
        r"pay|have)",
        r"(?:cheaper|lower|better) (?:price|somewhere|elsewhere|rate|quote|deal|option)",
        r"(?:can't|hard to|difficult to|cannot) justify (?:that|the|this|spending|it|paying)",
        r"(?:price|cost|number|quote|figure|fee)s? (?:is|are|seems?|feels?|looks?) (?:a |just |way "
        r"|really |pretty |quite |too |still )*(?:high|steep|much|a problem|an issue|the problem|"
        r"the issue)",
        r"sticker shock",
        r"come down on (?:the )?price",
        r"(?:do|can you do|any) (?:better|anything) (?:on|about) (?:the )?(?:price|cost)",
        r"(?:twice|double|triple) what (?:we|i)",
    ),
    Act.PUSHBACK_TIMING: any_of(
        r"(?:not|isn't|wasn't) (?:really |quite |exactly )?(?:a |the )?(?:good|right|best|great) "
        r"time",
        r"bad time(?:ing)?",
        r"(?:call|try|reach out|circle back|come back|check back|touch base|talk|revisit)(?: "
        r"\w+){0,5} (?:next (?:quarter|year|month)|in (?:a few|six|three|a couple of|the (?:fall|"
        r"spring|summer|new year)) ?(?:months?|weeks?|quarters?)?|after the (?:holidays|summer|new "
        r"year|audit|season)|later (?:this|in the) year)",
        r"not (?:a priority|on (?:our|the|my) (?:radar|roadmap|list|priority))",
        r"too (?:busy|much going on|much on (?:our|my) plate|soon|early)",
        r"(?:maybe|perhaps|probably) (?:next (?:year|quarter)|later|down the (?:road|line))",
        r"(?:swamped|slammed|up to our (?:necks|eyeballs|ears))",
        r"(?:on hold|frozen|freeze) (?:until|till|for)",
        r"(?:don't|do not) have (?:the )?(?:time|bandwidth|capacity|cycles|people)",
        r"not (?:right )?now",
        r"no (?:rush|hurry)",
        r"in no (?:rush|hurry)",
        r"a lot (?:going on|on our plate|on my plate)",
    ),
    Act.PUSHBACK_AUTHORITY: any_of(
        r"(?:not|isn't|wouldn't be) (?:really |just |only )?(?:my|up to me|mine to|me who) "
        r"?(?:call|decision|to decide|decides|to make)?",
        r"(?:run|check|clear|discuss|go over|talk|bring|take|speak|confer|sit down)(?: \w+){0,4} "
        r"(?:by|with|past|to|before) (?:my|our|the) (?:\w+ ){0,2}(?:boss|manager|ceo|cfo|cto|coo|"
        r"board|director|partner|husband|wife|team|committee|legal|procurement|finance|superiors?|"
        r"vp|president|owner|business partner|leadership|management|head|it)",
        r"(?:sign|signs|signed) off",
        r"(?:don't|do not|doesn't) have (?:the )?(?:authority|final say|power)",
        r"not (?:the )?(?:decision maker|one who|person who|authori[sz]ed)",
        r"(?:above|over) my (?:pay grade|head)",
        r"(?:has|have|needs?) to (?:approve|sign|go through|get approval)",
        r"(?:can't|cannot|couldn't) (?:make|take) (?:that|the|this|any|a) (?:decision|call)",
        r"(?:my|our|the) (?:boss|manager|ceo|cfo|cto|board|director|partner|husband|wife|"
        r"procurement|legal|finance)(?: team| department)? (?:would|will|has|have|needs?|makes?|"
        r"decides?|won't|would never|holds|handles|controls)",
    ),
    Act.PUSHBACK_RIVAL: any_of(
        r"(?:already|currently|been|we're|happy) (?:\w+ ){0,3}(?:work(?:ing)?|partner(?:ed|ing)?|"
        r"contract(?:ed)?|sign(?:ed)?|lock(?:ed)?|talk(?:ing)?|go(?:ing)?) (?:\w+ ){0,2}with "
        r"(?!you\b|it\b|that\b)(?:another|someone|somebody|a different|a competitor|other|[a-z]+)",
        r"(?:talking to|looking at|evaluating|considering|comparing|getting quotes from|leaning "
        r"toward|leaning towards|demo(?:s|ing)?(?: from| with)?) (?:\w+ ){0,3}(?:other|others|"
        r"another|competitors?|vendors?|options|alternatives|providers?|compan(?:y|ies)|people|"
        r"firms?)",
        r"(?:your|the) competit(?:ors?|ion)",
        r"(?:another|a different|existing|current|other) (?:vendor|supplier|provider|company|"
        r"agency|firm|contractor)",
        r"(?:under|in a|signed a|have a|locked into a) (?:\w+ )?contract (?:with|until|through)",
    ),
    Act.PUSHBACK_STATUS_QUO: any_of(
        r"(?:happy|fine|satisfied|good|comfortable|okay|ok|content|all set) with (?:what|how|our|"
        r"the (?:way|current|one)|where)",
        r"(?:works|working|does|doing) (?:just |pretty |perfectly |well )*(?:fine|well|okay|great|"
        r"the job)(?: for us| as it is| as is| right now| today)?",
        r"(?:we've|we have|i've) always (?:done|used|managed|had|worked)",
        r"(?:don't|do not|didn't) (?:really |actually |see (?:a|the|any) |have (?:a|any) )*need "
        r"(?:this|that|it|any|a|to change|another|for)",
        r"(?:do|doing|handle|handling|built|build|manage|managing|run|running) (?:it|that|this|"
        r"everything|all of (?:it|that)) (?:ourselves|in house|internally|by hand|manually|on our "
        r"own)",
        r"(?:if it )?ain't broke",
        r"(?:isn't|not) broken",
        r"gets? the job done",
        r"what we have (?:works|is|does)",
        r"(?:don't|no reason to|why would we|not looking to|not interested in|no need to) (?:want "
        r"to )?(?:chang|switch|mov|replac)\w*",
        r"used to (?:our|the way|doing)",
        r"we're all set",
        r"(?:spreadsheets?|excel) (?:works?|does|is|are|gets?)",
    ),
    Act.PUSHBACK_TRUST: any_of(
        r"(?:never|haven't|hadn't) (?:even )?heard of (?:you|your|this)",
        r"(?:how|why|what) (?:do|would|can|should|if|could) (?:i|we|you) (?:know|trust|believe|be "
        r"sure|don't|go out of|go under|get acquired)",
        r"(?:don't|do not|didn't|hard to|not sure i|not sure we) (?:really |quite |fully "
        r")?(?:trust|believe)",
        r"(?:been|got|get|were|was) burn(?:ed|t)",
        r"(?:sounds?|seems?) too good to be true",
        r"(?:skeptical|sceptical|suspicious|dubious|wary|leery)",
        r"(?:heard|read|seen) (?:\w+ ){0,4}(?:bad|horror|mixed|negative|terrible|awful) (?:\w+ "
        r")?(?:stories|things|reviews|feedback|experiences?)",
        r"(?:they|you|vendors|salespeople|everybody|everyone|you guys|you all) (?:all |always "
        r")?(?:say|says|promise|promised|claim) (?:that|the same|this|it)",
        r"(?:prove|proof|show me|any evidence|case stud|references?)",
        r"small (?:company|startup)",
        r"(?:isn't|not) (?:really |quite )?(?:what|how) (?:we|i) (?:were|was) (?:told|promised|"
        r"sold)",
        r"(?:the )?catch",
    ),
    Act.PUSHBACK_OTHER: any_of(
        r"not (?:really |that |super )?interested",
        r"not (?:sure|convinced|certain) (?:this|that|it|if this|if that|whether this|that this) "
        r"(?:\w+ )?(?:is|fits?|right|will|would|makes|for)",
        r"not (?:really |quite |exactly )?(?:a (?:good |great )?fit|for us|what (?:we|i)|our|the "
        r"right)",
        r"(?:doesn't|don't|won't|wouldn't|does not|can't) (?:really |actually |even )?(?:work for|"
        r"fit|suit|help|solve|do what|integrate|support|meet|apply|scale)",
        r"(?:i'd|we'd|i'll|we'll|we will|i will|i would) (?:rather not|pass|have to pass|say no)",
        r"no thank(?:s| you)",
        r"(?:big|major|main|real|only|biggest) (?:concern|problem|issue|worry|hesitation|"
        r"reservation)",
        r"deal ?breaker",
        r"remove (?:me|us) from",
        r"stop calling",
        r"(?:just )?send me (?:some |an |the |your )?(?:info|information|email|brochure|something)",
        r"(?:have|need) to think (?:about|it|on)",
        r"think it over",
    ),
    Act.COMMITMENT: PROMISES,
    Act.NEXT_STEP: any_of(
        r"next steps?",
        r"(?:let's|shall we|should we|can we|could we|why don't we|why don't i|how about we|we "
        r"should|we could|i'd like to|i'd love to|i suggest we|i propose we|want to|wanna|would "
        r"you like to) (?:go ahead and |just |maybe |all |both )*(?:schedule|set up|set|book|get "
        r"(?:something |another |a |a time |time |that |this |you )?(?:\w+ )?(?:on the "
        r"(?:calendar|books)|scheduled|booked|together)|meet|talk again|reconnect|regroup|circle "
        r"back|sync|hop on|jump on|find (?:a |some )?time|pencil|put (?:something|a time|it|that|"
        r"time|you) (?:on|in|down)|do (?:a |another )?(?:call|demo|follow up|meeting|trial|pilot)|"
        r"touch base|plan (?:a|on)|pick (?:a|it|this) )",
        r"(?:schedule|set up|book|pencil|arrange) (?:\w+ ){0,3}(?:call|meeting|demo|time|"
        r"appointment|session|visit|walkthrough|review|chat|follow up|workshop|in)",
        r"follow[- ]?up (?:call|meeting|with you|next|on)",
        r"(?:send|sent) (?:you |over |out )*(?:\w+ )?(?:a |an |the )?(?:calendar )?invite",
        r"(?:talk|speak|meet|see you|chat|call|reconnect|catch up|pick (?:this|it) up|back here|"
        rf"circle back) (?:again |you |then |on |up )*(?:{WHEN})",
        r"(?:does|would|is|how about|how does|how's|are you (?:free|available|around)) (?:\w+ "
        rf"){{0,4}}{WHEN}(?: \w+){{0,6}} ?(?:work|good|okay|suit|sound|better|free|available)?",
        r"on (?:the|your|my|our) calendar",
        r"what (?:happens|would happen|comes) (?:next|from here|after this)",
        r"where do we go from here",
        r"how (?:do|should) we (?:move|proceed|want to proceed|go) ?(?:forward|from here|ahead)?",
        r"(?:get|kick) (?:the )?(?:ball rolling|things (?:rolling|moving|started)|(?:this )?(?:off|"
        r"started) (?:with|by|on))",
        r"move (?:forward|ahead) (?:with|on)",
        r"paperwork (?:over|started|going|today)",
    ),
    Act.CONFUSION: any_of(
        r"(?:i'm |we're |i am |just |still |kind of |a little |a bit |pretty |really |now i'm |"
        r"getting )+(?:confused|lost|baffled|overwhelmed|puzzled|torn|stuck|unclear)",
        r"(?:not|isn't) (?:\w+ )?(?:sure|certain|clear) (?:\w+ ){0,2}(?:how|what|which|who|where|"
        r"why|i follow|i understand|i get|we'd|we would|what that means)",
        r"(?:don't|didn't|do not) (?:really |quite |fully |actually )?(?:understand|follow|get "
        r"(?:it|how|what|why|that)|see how)",
        r"(?:what|how) do you mean",
        r"what does that (?:even )?mean",
        r"(?:can|could) you (?:explain|repeat|clarify|go over|say) (?:that|it|this)",
        r"(?:i |we )(?:can't|cannot|can not) (?:decide|make up (?:my|our) mind|tell|figure|wrap my "
        r"head)",
        r"(?:wrap|get) (?:my|our) (?:head|heads|mind) around",
        r"who else (?:needs|has|should|would)",
        r"(?:a lot|too much) to (?:take in|digest|process|absorb)",
        r"so many (?:options|choices|things|moving)",
        r"(?:i |we )(?:have no idea|don't (?:even )?know (?:where|how|what|which|if|whether))",
        r"(?:you )?lost me",
        r"over my head",
        r"(?:going )?back and forth",
        r"(?:hard|tough|difficult) to (?:say|know|tell|decide|choose)",
        r"wait (?:so|what|i thought|a minute|which)",
    ),
    Act.BUYING_SIGNAL: any_of(
        r"how (?:soon|quickly|fast) (?:can|could|would|are|do)",
        r"when (?:can|could|would) (?:we|you|i|they|it|someone) (?:\w+ )?(?:start|begin|get|have|"
        r"install|deliver|come|ship|go live|be)",
        r"(?:what|how) (?:would|does|do) (?:the )?(?:onboarding|implementation|rollout|setup|"
        r"contract|payment|terms|process|next steps?|installation|training) (?:look|work|take|"
        r"involve|entail)",
        r"(?:do|does|is|are) (?:you|it|there|that|this|the) (?:\w+ ){0,4}(?:discount|payment plan|"
        r"financing|trial|warranty|guarantee|annual|volume)",
        r"(?:exactly|just) what (?:we|i)(?:'ve| have| are|'re)? (?:need|been looking|want|looking "
        r"for)",
        r"(?:where|what) do (?:i|we) (?:sign|need to sign|do to get started|need to do)",
        r"(?:let's|i'd like to|i would like to|we'd like to|we want to|i want to|ready to|we're "
        r"ready|happy to|love to) (?:do (?:it|this)|get (?:it )?started|move (?:forward|ahead)|go "
        r"(?:ahead|with|for)|sign|buy|order|try it|proceed|pull the trigger)",
        r"send (?:me|us|over|it) (?:\w+ ){0,3}(?:contract|agreement|paperwork|proposal|invoice|"
        r"quote|order form)",
        r"(?:that|this|it) (?:would|could|will|'d) (?:really |definitely |totally |actually |save|"
        r"be )*(?:save|solve|help|change|game changer|huge|perfect|ideal|amazing|a big help|make "
        r"(?:my|our) (?:life|lives))",
        r"(?:can|could) (?:we|i|you) (?:add|get|start|have|include) (?:\w+ ){0,5}(?:seats|users|"
        r"licen[sc]es|units|pilot|trial|more|today|this week)",
        r"(?:i|we)(?:'d| would)? (?:really |just |do |absolutely )*(?:love|like) (?:that|this|it|what i)",
        r"sign (?:me|us) up",
        r"count (?:me|us) in",
        r"sold",
    ),
    Act.PRICE: any_of(
        MONEY,
        r"\w+ (?:percent|%) (?:off|discount)",
        r"\d+ ?% (?:off|discount)",
        r"(?:a|per) (?:month|year|seat|user|unit|head|license|licence) (?:per|billed|paid)",
        r"(?:list|total|monthly|annual|base|starting) (?:price|cost|fee) (?:is|would be|comes|"
        r"starts|of)",
        r"(?:price|cost|fee|quote|total|investment) (?:is|comes (?:out )?(?:to|at)|would be|starts "
        r"at|of|runs) (?:\w+ )?(?:\d|about|around|just|roughly|between)",
        r"(?:no charge|free of charge|no cost|for free)",
    ),
    Act.PITCH: any_of(
        r"(?:our|the) (?:platform|product|software|solution|system|tool|service|app|team|"
        r"technology|dashboard|clients|customers)(?: \w+){0,2} (?:lets?|allows?|helps?|gives?|is "
        r"(?:the|designed|built)|are (?:seeing|getting)|saves?|automates?|integrates?|offers?|"
        r"provides?|includes?|makes?|can|does|connects?|reduces?|handles?|comes|uses?)",
        r"what (?:we do|makes us|sets us|we offer|we've built|we provide|it does)",
        r"(?:we|company) (?:specialize|specialise|help (?:companies|businesses|teams|people|"
        r"customers|clients|organi[sz]ations)|work with (?:companies|over|more|hundreds|thousands|"
        r"some)|offer|provide|serve|pride ourselves)",
        r"(?:market|industry) leader|leading (?:provider|platform)|award winning|best in class|"
        r"state of the art|cutting edge|one stop",
        r"(?:on average|typically) (?:our )?(?:customers|clients|companies|teams)",
        r"(?:the )?(?:great|beauty|nice|best|cool) (?:thing|part|of) (?:about|is|of) (?:our|this|"
        r"it|that|the)",
    ),
    Act.SMALL_TALK: any_of(
        r"how (?:are|have) you (?:guys |all )?(?:doing|been|today)?",
        r"how's (?:it going|your (?:day|week|morning|afternoon|family|weekend|summer)|everything|"
        r"the weather|life)",
        r"(?:nice|good|great|lovely|pleasure) to (?:meet|see|talk|hear|finally|e meet|chat)",
        r"(?:have|enjoy) (?:a |your )(?:good|great|nice|wonderful|lovely|fantastic|rest)?\s?(?:day|"
        r"one|weekend|evening|night|afternoon|week|rest|holiday)",
        r"(?:the )?weather",
        r"(?:your|my|the|our|this|last|long|good|great) weekend",
        r"(?:kids|vacation|holidays|game last night|the game|traffic|snow|raining|football|super "
        r"bowl|golf|fishing|hiking|camping|barbecue)",
        r"(?:i'm|doing) (?:good|great|fine|well|alright|pretty good|not bad|okay)(?: thanks| thank "
        r"you| how)",
        r"(?:good morning|good afternoon|good evening|happy (?:monday|friday|new year))",
        r"where (?:are you|you) (?:calling from|based|located|at)",
        r"thank(?:s| you) for (?:calling|taking|making|having|joining|hopping)",
    ),
}

_AGAINST: Mapping[Act, re.Pattern[str]] = {
    Act.COMMITMENT: IN_THE_CALL,
    Act.BUYING_SIGNAL: any_of(
        r"(?:don't|not|wouldn't|didn't|never) (?:\w+ )?(?:love|like|sold|ready)",
        r"(?:been|was|were|got) sold",
    ),
    Act.PUSHBACK_AUTHORITY: any_of(r"not my (?:name|car|order|number)"),
}

_BACKCHANNEL_WORD = (
    r"(?:yeah|yes|yep|yup|right|okay|ok|sure|mhm|mm|hm|hmm|uh|huh|um|mm hm|uh huh|i see|got it|"
    r"gotcha|exactly|absolutely|"
    r"totally|of course|oh|wow|really|cool|great|good|nice|alright|all right|true|no way|oh wow|"
    r"interesting|perfect|definitely|fair|"
    r"ah|aha|right on|for sure|indeed|correct)"
)
_BACKCHANNEL = re.compile(rf"^{_BACKCHANNEL_WORD}(?: {_BACKCHANNEL_WORD}){{0,2}}$")
_HUMMED = re.compile(r"^(?:[\s,.…!-]*(?:m+-?h+m+|u+h+-?h+u+h+|m+|h+m+|mm|ah|oh))+[\s,.…!-]*$", re.IGNORECASE)
"""The hums that :func:`spoken` takes for fillers."""

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
