"""How people name documents, days, and who takes whose place, as patterns. Data, no logic."""

from __future__ import annotations

NUMBER = (
    r"\b(?:invoices?|estimates?|quotes?|quotations?|bills?|documents?|receipts?|rechnung(?:en)?"
    r"|angebote?|factures?|devis|facturas?|presupuestos?|fatture|fattura|preventiv[oi]|facturen"
    r"|factuur|offertes?|faturas?|or[cç]amentos?|inv)\s{1,3}(?:(?:no|nr|number|n[°º]|nummer)\.?\s{0,3})?#?"
    r"(\w{0,12}[-/.]?\d[\w/-]{0,20})",
    r"(?<![\w-])((?-i:[A-Z]{2,6}-|[A-Z]{3,6})\d{2,12}(?:-\d{1,8})?)(?![\w/-])",
    r"(?<!\w)#(\d{2,12})\b",
)
# "Jane", "Ms Jane A. Smith"; case decides, so that words of a sentence are no names.
NAME = (
    r"(?-i:(?:(?:Mr|Mrs|Ms|Miss|Dr|Herrn?|Frau|Mme|Sr|Sra|Sig)\.? )?"
    r"[A-ZÀ-Þ][\w'’-]{1,24}(?: (?:[A-ZÀ-Þ][\w'’-]{1,24}|[A-Z]\.)){0,2})"
)
GONE = (
    rf"({NAME}),? (?:(?:has|have|is|was|will|just|recently|be|who) ){{0,3}}(?:left|leaving|leave|retired|retiring|retires|quit|resigned"
    r"|no longer|(?:doesn.?t|does not) work|not with|moved on)\b",
    rf"\b(?:replace|remove|instead of|took over from|taken over from|takes over from|successor (?:to|of)|rather than)\s({NAME})",
    rf"\btake ({NAME}) off\b",
    rf"({NAME})(?:'s|’s) (?:successor|replacement|job|role)\b",
)
COME = (
    rf"\b(?:write|send|mail|e-?mail|talk|speak|turn|forward|direct|over|go|(?<!the )(?<!my )(?<!our )address)\b(?: (?:all|any|future|further|the|your|our|it|them"
    rf"|this|these|everything|invoices?|e-?mails?|bills?|mail|correspondence|accounts?|now|instead|must|\S{{1,12}}ly)){{0,5}} to ({NAME})",
    rf"\b(?:contact|use|e-?mail|copy|ask|put)(?: in)? ({NAME})",
    rf"\b(?:successor|replacement|contact(?: person)?|replaced by|manager|accountant|bookkeeper|is called|in charge)(?: (?:is|are|will be|now|be|:)){{0,3}}:? ({NAME})",
    rf"\breplace {NAME} (?:with|by) ({NAME})",
    rf"({NAME}),? (?:(?:has|have|will|is|now|who|just) ){{0,2}}(?:taken|took|takes?|taking) over\b",
    rf"({NAME}),? (?:(?:will|now|who) ){{0,2}}(?:be|is|are) (?:now )?(?:your|our|the|in charge|responsible|my successor)\b",
    rf"({NAME}),? (?:(?:has|is|will|now) ){{0,2}}(?:replaced|replacing|replaces|replace|succeeds?|handles?|looks? after)\b",
)
OLD_ADDRESS = (
    r"\b(?:from|instead of|rather than|old (?:e-?mail )?address|no longer|not|replace|remove|previous)\b"
    r"(?:\s{1,2}(?:is|was|use|the|my|our|address|to|at|e-?mail)){0,3}[\s:<]{1,3}$",
)
STALE = (
    r"^[>)]{0,2}\s{1,2}(?:(?:is|was|will be|address|has been) ){0,2}(?:no longer|dead|closed|gone|shut|not)\b",
)
PLACE = (
    r"\b(?:new|our|my|billing|postal|delivery|shipping) (?:\w{1,10} )?address(?: (?:is|has changed|will be|changed|now|to|be)){0,4}\s{0,2}:?\s{1,3}",
    r"\b(?:moved|moving|move|relocated|relocating)(?: (?:our|my|the|house|home|office|offices|premises|to|new)){0,4} to:?\s{1,3}",
    r"\baddress(?: \w{1,8}){0,3} (?:to|is):?\s{1,3}",
    r"\b(?:we|i)(?:'re| are|'m| am) (?:now )?at\s{1,3}",
)
PLACE_END = (
    r"[.!?;](?=\s|$)|\n\s{0,3}\n|,? (?:from|as of|starting|since|please|and please|thanks|instead of)\b",
)
SOON = (
    r"\b(?:in|within) (?P<count>\d{1,3}|one|two|three|four|a) (?P<unit>day|week)s?\b"
    r"|\b(?P<end>end of (?:the|this) month)\b|\b(?P<today>today|heute|aujourd.hui|hoy|oggi|vandaag|hoje)\b",
)
AGO = (
    r"\b(?P<count>\d{1,3}|one|two|three|four|a) (?P<unit>day|week)s? ago\b"
    r"|\b(?P<yesterday>yesterday|gestern|hier|ayer|ieri|gisteren|ontem)\b"
    r"|\b(?P<today>today|this morning|heute|aujourd.hui|hoy|oggi|vandaag|hoje)\b",
)
# "all invoices 2024" asks for those of a year.
YEAR = (r"\w{1,12}s\s{1,3}20\d\d$",)
COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}
# What begins a sentence or follows "to" and is nobody.
NO_NAMES = (
    "i we you he she it they the our my your this that these please also from since after "
    "before now invoice invoices estimate everybody nobody who what when where monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july "
    "august september october november december thanks hello hi dear accounts all as if in on "
    "at to for and but so because yes no kindly just her his their there here however "
    "unfortunately sorry someone somebody everyone"
)
