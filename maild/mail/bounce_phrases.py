"""How mail systems word their reports, as patterns over clipped text. Data, no logic."""

from __future__ import annotations

import re

DAEMON_LOCAL_PARTS = frozenset(
    {"mailer-daemon", "mailerdaemon", "mail-daemon", "postmaster", "mdaemon", "mmdf"}
)
DAEMON_NAMES = re.compile(
    r"mailer-?daemon|mail delivery (?:sub)?system|mail administrator|internet mail delivery"
    r"|mail router|mail deliver\w* service|bounce\s?daemon",
    re.I,
)

DAEMON_ONLY = re.compile(r"mailer-daemon\b|mailerdaemon\b", re.I)

REPLY_SUBJECT = re.compile(r"\s*(?:re|aw|sv|antw|fwd?|wg)\s*:", re.I)
COMPLAINT_SUBJECT = re.compile(r"\s*complaint about (?:a )?message from\b", re.I)
ABSENT_SUBJECT = re.compile(
    r"(?!.{0,40}\b(?:re|aw|sv|antw|fwd?|wg)\s*:).{1,120}\bis (?:currently )?(?:out of (?:the )?office|on (?:vacation|leave|holiday))",
    re.I,
)
AUTOREPLY_SUBJECT = re.compile(
    r"""\s*(?:\[[^\]]{1,40}\]\s*)?(?:
      auto(?:matic|mated)?[ -]?(?:reply|response|respons|answer|responder)\b
    | out[ -]of[ -](?:the[ -])?office | away\ from\ (?:my|the)\ (?:office|desk|mail) | vacation\ (?:reply|response|message)
    | ooo\b | on\ (?:vacation|annual\ leave|holiday|leave)\b
    | automatische\ (?:antwort|beantwortung) | abwesenheits?(?:notiz|meldung|nachricht|assistent)?\b | (?:ich\ bin\ )?nicht\ im\ (?:b(?:ü|ue)ro|haus)
    | r(?:é|e)ponse\ automatique | absence\ du\ bureau | absent[e]?\ du\ bureau | message\ d['’]absence
    | respuesta\ autom(?:á|a)tica | fuera\ de\ (?:la\ )?oficina | ausencia\ de\ la\ oficina
    | risposta\ automatica | fuori\ (?:sede|ufficio) | assenza\ dall?['’]?\ ?ufficio
    | automatisch\ antwoord | afwezig(?:heid(?:sbericht|sassistent)?)?\b | niet\ aanwezig
    | resposta\ autom(?:á|a)tica | fora\ do\ escrit(?:ó|o)rio | aus(?:ê|e)ncia\ tempor(?:á|a)ria
    | autosvar\b | automat(?:isk|iskt)\ svar | frånvaro | fravær | automaattinen\ vastaus | poissa\ toimistosta
    | autoodpowied(?:ź|z) | odpowied(?:ź|z)\ automatyczna | automatick(?:á|a)\ odpov
    | автоответ | автоматический\ ответ | 自動返信 | 自动回复 | 自動回覆 | 不在
    )""",
    re.I | re.X,
)

BOUNCE_SUBJECT = re.compile(
    r"""undeliver(?:able|ed)|delivery (?:status )?(?:notification|failure|report|has failed|failed|problem|error)
    |\A(?:mail )?deliver(?:y|ing) (?:status|fail|error|delay|incomplete|unsuccessful)
    |mail (?:delivery )?(?:warning|failure|failed|error|could not be delivered)|mail system error
    |not (?:yet )?been delivered|returned (?:mail|to sender|message)|returning message to sender|message returned
    |failure notice|failed mail|failure delivery|nondeliver|non[- ]delivery
    |could not (?:be )?(?:deliver|send) ?(?:message|mail)?|not deliverable|undelivered
    |(?:warning|delayed mail|message delayed|could not send message).{0,40}(?:still|delay|hours|send)
    |address (?:unknown|not found)|user unknown|unknown (?:user|recipient|address)|rejected (?:posting|mail)
    |unzustellbar|nicht zustellbar|non remis|n'a pas pu être|non recapitabil|no se (?:puede|pudo) entregar
    |onbestelbaar|não entregue|não foi possível entregar|недоставлен|配信|送信エラー|退信|mailbox (?:full|unavailable)""".replace(
        "\n    ", ""
    ),
    re.I,
)

BOUNCE_BODY = re.compile(
    r"""could not be delivered|(?:was|were|be|been) (?:un|not )deliver|not (?:yet )?been delivered|delivery of (?:e-?mail|your message).{0,80}postponed|not be delivered|undeliverable
    |unable to deliver|wasn'?t able to deliver|was not delivered|cannot be delivered|can'?t be delivered
    |delivery (?:to|of|attempt|has|failed|error).{0,60}(?:fail|reject|delay|not|unsuccess|following)
    |delivery failure|permanent (?:fatal )?error|fatal errors|undelivered message|failed to deliver|error delivering
    |message (?:has not been|was rejected|returned|not delivered)|returned to (?:the )?sender|returned mail
    |recipient.{0,40}(?:unknown|rejected|not found|does not exist|doesn't exist|could not)
    |(?:user|mailbox|address|account).{0,30}(?:unknown|unavailable|not found|no longer|does not exist|doesn't exist|is full|disabled|not known)
    |no such (?:user|recipient|address)|did not reach the following|automatically (?:created|generated) by mail
    |konnte nicht zugestellt|n'a pas pu être|no se pudo entregar|non è stato possibile|kon niet worden""".replace(
        "\n    ", ""
    ),
    re.I,
)

RETURNED_COPY = re.compile(
    r"""^[ \t]{0,4}(?:-{2,20}|\*{2,20}|={2,20}|_{2,20})[ \t]*(?:below this line|this is a copy|original message|returned|the (?:header|body|original|unsent)
    |unsent|message header|undelivered|beginning of|begin returned|forwarded message|start of)
    |^(?:below this line is|message headers follow|original message (?:headers|follows)|a copy of the|your (?:original )?message (?:headers|follows)|received: from |return-path: )""".replace(
        "\n    ", ""
    ),
    re.I | re.M,
)

# The address is at fault: writing to it again is no use.
HARD = re.compile(
    r"""(?:user|recipient|mailbox|address|account|alias|addressee|mail\s?drop|login)[^.;\n]{0,40}?(?:unknown|not found|(?:does|do|did) ?n[o']?t exist|not exist|non-?existent|no longer|invalid|not (?:listed|known|valid|available here|a valid|our)|undeliverable|not recognized|doesn'?t have)
    |(?:unknown|invalid|no such|non-?existent|bad|unrecognized|illegal|nonexistent)[^.;\n]{0,20}?(?:user|recipient|mailbox|address|account|alias|person|addressee|domain|host|local[- ]?part)
    |mailbox unavailable|not? (?:our|a valid|valid|existing) (?:customer|recipient|mailbox|user|address)|there is no (?:such|one)
    |(?:host|domain|name)[^.;\n]{0,40}?(?:not found|unknown|does not exist|couldn'?t be found|no such|has no mail exchanger)|host unknown|couldn'?t find any host|nxdomain
    |doesn'?t have an? [^.;\n]{0,40}account|no mailbox (?:here|by)|(?:no|not) (?:such )?(?:a )?(?:mailbox|user) here|mail addressed to a nonexistent""".replace(
        "\n    ", ""
    ),
    re.I,
)
# The moment, the message or the sender is at fault: the address may still be good.
SOFT = re.compile(
    r"""(?:mail\s?box|mailfolder|quota|storage|disk|inbox|account)[^.;\n]{0,40}?(?:full|exceed|over|size|limit|space)|over ?quota|quota (?:exceeded|violation)|disk quota|(?:exceeding|over)[ -]?(?:their |its |his )?quota|insufficient (?:system )?storage
    |too (?:large|big|many|busy)|(?:size|rate)[^.;\n]{0,20}limit|exceed(?:s|ed)
    |try (?:again|later)|temporar|greylist|grey-?listed|deferred|delayed|timed? ?out|timeout|connection (?:refused|reset|lost|dropped|timed)|unreachable|will (?:keep|continue) (?:try|retry)
    |spam|spamhaus|block(?:ed)?(?: ?list)?|black ?list|\bspf\b|\bdkim\b|\bdmarc\b|reputation|policy|virus|reverse dns|\bptr\b|\brbl\b|authenticat|relay|access denied|not (?:allowed|permitted|authorized)|refused|loop
    |disabled|suspended|locked|inactive|content""".replace("\n    ", ""),
    re.I,
)
# The sender, or the moment: whatever else is said, the address is not what failed.
ELSEWHERE = re.compile(
    r"""sender (?:address )?(?:rejected|denied|not|invalid)|sender address|5\.1\.8|(?:after|in response to) mail from|mismatches client
    |not yet been delivered|delivery attempts will continue|(?:will|we) (?:keep|continue) (?:on )?(?:try|attempt|to try)|no action is required
    |socket error|did not accept our requests|in the queue too long|multiple retries|for the last \d+ seconds|dns ptr
    |after end of data|text command|permission to post""".replace("\n    ", ""),
    re.I,
)
# Said of the address in so many words: other causes named beside it do not count.
GONE = re.compile(
    r"""recipient address rejected: access denied|unrouteable address|no smtp service
    |disabled or discontinued|inactive e-?mail address|not listed in (?:the )?domino|addressee unknown|n'existe pas
    |\b(?:user|host|recipient) unknown|no such user|unknown (?:user|recipient)|does not exist
    |dns lookup failure|couldn't find (?:a|any) (?:mail exchanger|host)""".replace("\n    ", ""),
    re.I,
)
# A bounce that names no cause, but says that this is the end of it.
FINAL = re.compile(
    r"permanent|undeliver|not (?:be )?deliver|unable to deliver|fail|returned|no final|not have",
    re.I,
)
GONE_STATUS = frozenset({"5.1.1", "5.1.2", "5.1.10"})
HARD_STATUS = frozenset({"5.1.3", "5.1.4", "5.1.6", "5.4.4"})
