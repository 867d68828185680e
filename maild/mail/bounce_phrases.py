"""How mail systems word their reports: alternatives of patterns over clipped text. Data, no logic.

No alternative holds an unbounded repetition, so a search costs no more than the text is long.
"""

from __future__ import annotations

DAEMON_LOCAL_PARTS = frozenset(
    {"mailerdaemon", "maildaemon", "postmaster", "mdaemon", "mmdf", "maildelivery", "mailsystem"}
)

DAEMON_NAMES = (
    r"mailer-?daemon\b", r"mail delivery (?:sub)?system", r"mail administrator", r"internet mail delivery",
    r"mail router", r"mail deliver\w{0,8} service", r"bounce\s?daemon",
)  # fmt: skip

# Names that no person and no office has.
DAEMON_ONLY = (r"mailer-?daemon\b",)

REPLY_SUBJECT = (r"\s{0,9}(?:re|aw|sv|vs|antw|ref|rif|odp|fwd?|wg|tr|rv|enc|doorst)\s{0,3}:",)

COMPLAINT_SUBJECT = (r"\s{0,9}complaint about (?:a )?message from\b",)

SUBJECT = (
    r"undeliver(?:able|ed)", r"nondeliver", r"non[- ]delivery", r"not deliverable", r"deliver(?:y|ing) failure",
    r"delivery (?:status )?(?:notification|failure|report|has failed|failed|problem|error)",
    r"\A(?:mail |message )?deliver(?:y|ing) (?:status|fail|error|delay|incomplete|unsuccessful)",
    r"mail (?:delivery )?(?:warning|failure|failed|error|could not be delivered)", r"mail system error",
    r"not (?:yet )?been delivered", r"returned (?:mail|to sender|message)", r"returning message to sender",
    r"message returned", r"fail(?:ure|ed) (?:notice|mail|delivery)", r"could not (?:be )?(?:deliver|send) ?(?:message|mail)?",
    r"(?:warning|delayed mail|message delayed|could not send message).{0,40}(?:still|delay|hours|send)",
    r"address (?:unknown|not found)", r"user unknown", r"unknown (?:user|recipient|address)",
    r"rejected (?:posting|mail)", r"mailbox (?:full|unavailable)",
    r"unzustellbar", r"nicht zustellbar", r"zustell(?:benachrichtigung|fehler|status)", r"zustellung (?:verz(?:ö|oe)gert|fehlgeschlagen)",
    r"non remis", r"non distribu", r"n['’]a pas pu (?:e|ê)tre", r"(?:é|e)tat de (?:la )?remise", r"(?:é|e)chec de (?:la )?remise",
    r"no se (?:puede|pudo|ha podido) entregar", r"no entregado", r"estado de (?:la )?entrega", r"error de entrega",
    r"non recapitabil", r"impossibile recapitare", r"mancat[oa] (?:consegna|recapito)", r"stato del recapito",
    r"onbestelbaar", r"niet bezorgbaar", r"bezorg(?:status|ing mislukt)", r"kan niet worden bezorgd",
    r"não entregue", r"não foi possível entregar", r"status de entrega", r"falha na entrega",
    r"kan inte levereras", r"olevererbar", r"kan ikke leveres", r"uleverbar", r"toimittamaton", r"ei voi(?:da|tu)? toimit",
    r"nie(?:dostarczaln| można dostarczyć)", r"nedoručiteln", r"недоставлен", r"не доставлен", r"配信不能", r"配信", r"送信エラー", r"退信", r"无法送达",
)  # fmt: skip

BODY = (
    r"could not be delivered", r"(?:was|were|be|been) (?:un|not )deliver", r"not (?:yet )?been delivered", r"not be delivered",
    r"undeliverable", r"unable to deliver", r"wasn'?t able to deliver", r"(?:was not|cannot be|can'?t be) delivered",
    r"delivery of (?:e-?mail|your message).{0,80}postponed", r"delivery failure", r"failed to deliver", r"error delivering",
    r"delivery (?:to|of|attempt|has|failed|error).{0,60}(?:fail|reject|delay|not|unsuccess|following)",
    r"(?:permanent|fatal) (?:fatal )?errors?", r"undelivered message", r"returned (?:to (?:the )?sender|mail)",
    r"message (?:has not been|was rejected|returned|not delivered)", r"did not reach the following",
    r"recipient.{0,40}(?:unknown|rejected|not found|does not exist|doesn't exist|could not)",
    r"(?:user|mailbox|address|account).{0,30}(?:unknown|unavailable|not found|no longer|does not exist|doesn't exist|is full|disabled|not known)",
    r"no such (?:user|recipient|address)", r"invalid (?:user|recipient|mailbox)", r"automatically (?:created|generated) by mail",
    r"konnte nicht zugestellt", r"nicht zugestellt werden", r"zustellung .{0,60}(?:fehlgeschlagen|nicht m(?:ö|oe)glich)",
    r"n['’]a pas pu (?:e|ê)tre", r"n['’]a pas (?:e|é)t(?:e|é) (?:remis|distribu)", r"no se (?:ha podido|pudo|puede) entregar",
    r"non è stato possibile", r"non (?:è riuscito|recapitat|consegnat)", r"kon(?:den)? niet worden", r"niet (?:worden )?(?:bezorgd|afgeleverd)",
    r"não (?:foi possível|pôde ser) entreg", r"не (?:может быть|была?) доставлен", r"nie (?:można|mogła? zosta).{0,20}dostarcz",
)  # fmt: skip

# Where the letter that comes back begins: nothing below it was written by the mail system.
RETURNED_COPY = (
    r"^[ \t]{0,4}(?:-{2,20}|\*{2,20}|={2,20}|_{2,20}|#{2,20})[ \t]{0,4}(?:below this line|this is a copy|original message|returned|unsent|message header|undelivered|beginning of|begin returned|forwarded message|start of|the (?:header|body|original|unsent))",
    r"^(?:below this line is|message headers follow|original message (?:headers|follows)|a copy of the|your (?:original )?message (?:headers|follows)|received: {0,3}(?:from|by) |return-path: |urspr(?:ü|ue)ngliche nachricht|message d['’]origine|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original)",
)  # fmt: skip

# A line that tells of the letter and its sender, not of whom it did not reach ...
SENDER_LINE = (
    r"[\s>*|-]{0,9}(?:mail )?(?:from|sender|reply-to|cc|bcc|message-?id|return-path|references|in-reply-to|subject|date|received|sent by|von|de|da|van|user-agent|x-[\w-]{1,40})\s{0,3}[:=]",
)  # fmt: skip

# ... and one whose addresses count only if no other line has one: who helps, to whom it was written.
LESSER_LINE = (
    r"\s{0,9}to\s{0,3}:", r".{0,200}\b(?:contact|help|assistance|support|questions?|abuse|postmaster|report)\b",
)  # fmt: skip

# It is still trying.
DELAYED = (
    r"not yet been delivered", r"delivery attempts will continue", r"(?:will|we) (?:keep|continue) (?:on )?(?:to )?(?:try|attempt|retry|deliver)",
    r"no action is required", r"warning message only", r"do not need to resend", r"will be (?:re)?tried (?:again )?for",
    r"delivery .{0,40}(?:postponed|delayed)", r"message (?:is|has been) delayed", r"zustellung .{0,40}verz(?:ö|oe)gert",
    r"wird weiter versucht", r"a été retardée?", r"se ha retrasado", r"è stat[ao] ritardat", r"is vertraagd", r"foi adiad|está atrasad",
)  # fmt: skip

# The sender, the moment or something beyond the address failed, whatever else is said.
ELSEWHERE = (
    r"sender (?:address )?(?:rejected|denied|not|invalid)", r"sender address", r"(?:after|in response to) mail from", r"mismatches client",
    r"socket error", r"did not accept our requests", r"in the queue too long", r"multiple retries", r"for the last \d{1,9} seconds",
    r"dns ptr", r"(?:after|in reply to) (?:the )?end of data", r"text command", r"permission to post", r"name server (?:reply|failure|timeout)", r"servfail",
    r"\bpipe to\b", r"local (?:delivery agent|configuration)|command (?:died|failed|timed)|exit (?:status|code)|broken pipe",
)  # fmt: skip

# Said of the address in so many words: other causes named beside it do not count.
GONE = (
    r"recipient address rejected: access denied", r"unrouteable address", r"no smtp service", r"disabled or discontinued",
    r"inactive e-?mail address", r"not listed in (?:the )?domino", r"addressee unknown", r"\b(?:user|host|recipient) unknown",
    r"no such user", r"unknown (?:user|recipient)", r"does not exist", r"dns lookup failure", r"couldn't find (?:a|any) (?:mail exchanger|host)",
    r"(?:adresse|konto|postfach|benutzer|empf(?:ä|ae)nger)[^.;]{0,30}existiert nicht", r"empf(?:ä|ae)nger unbekannt", r"unbekannter? (?:empf(?:ä|ae)nger|benutzer)",
    r"(?:adresse|compte|destinataire|utilisateur)[^.;]{0,30}(?:n['’]existe pas|inconnu)", r"(?:usuario|destinatario|dirección|cuenta)[^.;]{0,30}(?:no existe|desconocid)",
    r"(?:utente|destinatario|indirizzo|casella)[^.;]{0,30}(?:non esiste|inesistente|sconosciut)", r"(?:adres|gebruiker|ontvanger|account)[^.;]{0,30}(?:bestaat niet|onbekend)",
    r"(?:usuário|destinatário|endereço|conta)[^.;]{0,30}(?:não existe|desconhecid|inexistente)",
)  # fmt: skip

# The address is at fault: writing to it again is no use.
HARD = (
    r"(?:user|recipient|mailbox|address|account|alias|addressee|mail\s?drop|login)(?:[^.;\n]|\.\w){0,60}?(?:unknown|not found|(?:does|do|did) ?n[o']?t exist|not exist|non-?existent|no longer|invalid|not (?:listed|known|valid|available here|a valid|our)|undeliverable|not recognized|doesn'?t have)",
    r"(?:unknown|invalid|no such|non-?existent|bad|unrecognized|illegal|nonexistent)[^.;\n]{0,20}?(?:user|recipient|mailbox|address|account|alias|person|addressee|domain|host|local[- ]?part)",
    r"mailbox unavailable", r"not? (?:our|a valid|valid|existing) (?:customer|recipient|mailbox|user|address)", r"there is no (?:such|one)",
    r"(?:host|domain|name)[^.;\n]{0,40}?(?:not found|unknown|does not exist|couldn'?t be found|no such|has no mail exchanger)",
    r"host unknown", r"couldn'?t find any host", r"nxdomain", r"null mx", r"does not accept (?:any )?mail",
    r"doesn'?t have an? [^.;\n]{0,40}account", r"no mailbox (?:here|by)", r"(?:no|not) (?:such )?(?:a )?(?:mailbox|user) here", r"mail addressed to a nonexistent",
    r"(?:has|have) (?:moved|left|retired)", r"no longer (?:with|at|works?|employed|in use|valid|active)",
)  # fmt: skip

# The mailbox is full: the address is good, its owner may not know.
FULL = (
    r"(?:mail\s?box|mailfolder|quota|storage|disk|inbox|account)[^.;\n]{0,40}?(?:full|exceed|over|size|limit|space)", r"over ?quota",
    r"quota (?:exceeded|violation)", r"disk quota", r"(?:exceeding|over)[ -]?(?:their |its |his )?quota", r"insufficient (?:system )?storage",
    r"(?:postfach|mailbox|speicher)[^.;\n]{0,30}(?:voll|überschritten|erschöpft)", r"bo(?:î|i)te[^.;\n]{0,30}pleine", r"buz(?:ó|o)n[^.;\n]{0,30}llen[oa]",
    r"casella[^.;\n]{0,30}piena", r"postvak[^.;\n]{0,20}vol\b", r"caixa[^.;\n]{0,30}(?:cheia|lotada)",
)  # fmt: skip

# The moment, the letter or the sender is at fault: the address may still be good.
LATER = (
    r"(?:try|retry|again) (?:it |again )?(?:later|in \d)", r"temporar", r"grey ?-?listed", r"greylist", r"deferred", r"delayed", r"timed? ?out", r"unreachable",
    r"connection (?:refused|reset|lost|dropped|timed)", r"will (?:keep|continue) (?:try|retry)", r"too busy", r"\bloop\b|mail loop|too many hops",
)  # fmt: skip

REFUSED = (
    r"too (?:large|big|many)", r"(?:size|rate)[^.;\n]{0,20}limit", r"exceed(?:s|ed)",
    r"spam", r"block(?:ed)?(?: ?list)?", r"black ?list", r"\bspf\b", r"\bdkim\b", r"\bdmarc\b", r"reputation", r"policy", r"virus",
    r"reverse dns", r"\bptr\b", r"\brbl\b", r"authenticat", r"relay", r"access denied", r"not (?:allowed|permitted|authori[sz]ed)", r"refused",
    r"disabled", r"suspended", r"locked", r"inactive", r"content",
)  # fmt: skip

# A bounce that names no cause, but says that this is the end of it.
FINAL = (
    r"permanent", r"undeliver", r"not (?:be )?deliver", r"unable to deliver", r"fail", r"returned", r"no final", r"not have",
)  # fmt: skip

GONE_STATUS = frozenset({"5.1.1", "5.1.2", "5.1.10"})
HARD_STATUS = frozenset({"5.1.0", "5.1.3", "5.1.4", "5.1.6", "5.4.4"})
