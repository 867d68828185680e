"""How people ask for things in English, as patterns over one plain clause. Data, no logic.

One pattern a line. `_` stands for up to four words of any kind, `~` for up to two, never for
"not" or "never"; a `?` after them makes the gap's own space optional. Capital names stand for
the groups at the top. Other languages are in `intent_foreign_phrases`.
"""

from __future__ import annotations

GROUPS = {
    "EMAIL": r"emailaddress",
    "SECRET": r"(?:pass ?words?|pass ?codes?|pwd|pw|access (?:keys?|codes?)|credentials"
    r"|log ?ins?(?: details?| data| codes?)?|sign ?in details?|pins?(?: codes?| numbers?)?"
    r"|(?:account|user|online|my|our|lost|forgotten|the) (?:pass|key|code))",
    "WHICH": r"(?:(?:january|february|march|april|may|june|july|august|september|october|november|december|last|first|second"
    r"|latest|previous|recent|other|month s|year s|week s|two|three|several|original|final|pdf|whole|full|e ?mail with the) ?){1,3}",
    "ITEM": r"(?:invoices?|estimates?|quotes?|quotations?|documents?|bills?|pdfs?|receipts?)",
    "DOOR": r"(?:(?:client |customer |online |web )?(?:accounts?|portal|area)|site|website|page|system|app)",
    "THING": r"(?:invoices?|estimates?|quotes?|quotations?|documents?|bills?|pdfs?|files?|links?"
    r"|attachments?|pages?|buttons?|emails?|it|them)",
    "MY": r"(?:(?:the|my|our|your|this|that|these|those|an?|any|all|some|of|new|attached|last|latest"
    r"|old|past|online|user|personal|again) ){0,3}",
    "CANNOT": r"(?:(?:can|could|am|is|are|was|were) (?:still |just |simply )?not(?: able to| possible to)?|can no longer|unable to"
    r"|impossible to|struggl\w+ to|no way to|can neither|fail(?:s|ed|ing)? to"
    r"|(?:not|refus\w+ to) (?:let|letting|allow|allowing|permit|permitting)(?: me| us)?(?: to)?"
    r"|(?:trouble|problems?|issues?|difficult\w*|errors?)(?: with| trying to| when)?|help(?: me| us)?(?: with| to)?"
    r"|(?:do|does) not know how to|no idea how to|not sure how to|how (?:to|(?:do|can|could|should) (?:i|we)))",
    "ENTER": r"(?:log(?:g?ing)? ?(?:in|on)(?:to)?|sign(?:ing)? ?(?:in|on)(?:to)?|get(?:ting)? (?:back )?(?:in|into))",
    "WRONG": r"(?:(?:is|are|was|were|do|does|did|will|has|have|be|been|just|still|seems?|appears?|to|being|ever|now) ){0,4}"
    r"(?:not (?:work\w*|open\w*|load\w*|valid|accepted|recogni[sz]ed|being accepted|right|correct|go|going|respond\w*|do anything|clickable|let)"
    r"|no longer (?:works?|opens?|valid|loads?|accepted)|wrong|incorrect|invalid|rejected|refused|expired|broken|dead|(?:switched|turned) off|revoked"
    r"|deactivated|fail(?:s|ed|ing)?|blank|empty|stopped working|never works?|an? error|404|out of date|gone|(?:goes|leads) nowhere|times? out|blocked)",
    "WANT": r"(?:please|pls|plz|kindly|can (?:you|u|i|we)|could (?:you|u|i|we)|would (?:you|it be possible)|will you|may (?:i|we)"
    r"|is it possible|(?:i|we) (?:want|need|would like|have to|have got to|must|wish|require|am trying|am looking|are looking|am after)"
    r"|wanna|want|needs?|help|assistance|support|trying to|try to|how|where|(?:do|does) not know|what (?:do|must|should) (?:i|we))",
    "STARTER": r"(?:we|you|it|still|just|simply|also|unfortunately|sorry|now|yet|but|and|because|since|help|really|again|today|why|because|anyway|sadly"
    r"|maybe|apparently|somehow|suddenly|please|hi|hello|pass ?word|link|page|invoice|bill|site|button|pdf|document|estimate|portal|who|which|what|people|here|there|there|and|then|me)",
    "EDIT": r"(?:chang|updat|edit|modif|correct|amend|alter|adjust|fix|switch|replac)\w{0,5}",
    "FIELD": r"(?:address(?:es)?|e ?mail(?: address\w*)?|(?:phone|mobile|telephone)(?: numbers?)?|(?:sur|last |first |company |married |maiden )?names?"
    r"|profile|postcode|iban|(?:personal|user|contact|account|customer|billing|bank|company|delivery|shipping|my|our) (?:info\w*|details?|data)"
    r"|details|contact(?: person)?|street)",
}

CANNOT_GET_IN = r"""
CANNOT (?:~ )?ENTER(?! touch| contact| the way| details)
CANNOT (?:~ )?(?:get(?:ting)? (?:to|at|on to|onto)|access(?:ing)?|enter(?:ing)?|reach(?:ing)?|open(?:ing)?|see(?:ing)?|view(?:ing)?|load(?:ing)?) MYDOOR
(?:can|could|am|are)(?: still| just)? not(?: able to)? (?:~ )?(?:open|access|view|load|display|click|use|follow) MYTHING
(?:unable to|not able to|can no longer) (?:~ )?(?:open|access|view|load|see|display|click|use|follow) MYTHING
(?:can|could|am|are)(?: still| just)? not(?: able to)? see (?:it|this|that|anything|them|the link)$
^(?:it |this |that |(?:still |really |just |simply ))*(?:can not|could not|unable to|not able to|(?:does|will|do|is|would|are) not|not) (?:open|view|see|load|access|opening|loading)(?: it| this| that| them)?(?: for me| at all| here)?$
(?:unable to|not able to|trouble|problems?|issues?|difficult\w*|impossible to|not possible to|hopeless to) (?:with )?(?:open|access|view|load|see|display)(?:ing)? MY(?:THING|DOOR)
(?:can|could) not (?:~ )?see MY(?:invoice|bill|estimate|quote|quotation|document|pdf|page)
not (?:let|letting|allow|allowing) (?:me|us) (?:in|on|through|open|see|into)
refuses to let (?:me|us) (?:in|on|through|open|see|into)
(?:let|get) (?:me|us) (?:back )?in$
thrown out at (?:~ )?(?:log ?in|sign ?in)
(?:stuck|hang\w*) (?:at|on) (?:~ )?(?:log ?in|sign ?in)
(?:past|back to|reload\w*|round) (?:~ )?(?:log ?in|sign ?in|first page)
(?:throws?|throwing|kicks?|kicking|kicked|thrown) (?:me|us) out
(?:no|not have) (?:permission|rights?|authori[sz]ation)
(?:no clue|no idea|clueless|none of) _ SECRET
(?:no longer valid|lapsed|timed out)$
(?:log ?in|logging in|sign ?in|signing in) (?:~ )?(?:WRONG|problems?|issues?|error|troubles?|help)
(?:log ?in|sign ?in) (?:page|screen|form) _ reload\w*
(?:problems?|issues?|trouble|error|help|wrong|difficult\w*|luck) (?:~ )?(?:with |at |on |during )?(?:the |my )?(?:log ?in|logging in|sign ?in|signing in)
(?:what|which) (?:log ?in|pass ?word|pass ?code|pin)(?! (?:manager|software))
locked (?:me |us )?out(?= of (?:the |my |our |your )?(?:portal|account|site|website|client area|customer area|page|system)|$)
(?:account|access|log ?in|profile) (?:(?:is|has|was|got|been|now|have|seems|appears|to|be) ){0,4}(?:locked|blocked|suspended|disabled|frozen|deactivated)
(?:unlock|unblock|reactivate|recover|restore|regain|reset) (?:~ )?(?:account|access|log ?in)
(?:lost|lose|losing|have no|got no|no longer have|not have|need|grant|give|get|want) (?:me |us |my |our |any |the )?access(?: again)?(?= to MY(?:DOOR|ITEM)|$| any)
(?:account|access) (?:recovery|retrieval|restoration)
(?:e ?mail|address|user ?name|user|account|i) (?:~ )?not exist
(?:e ?mail|address|user ?name|user|details|log ?in|me|us) (?:~ )?not (?:being )?(?:recogni[sz]ed|known|accepted|found|working)
not (?:recogni[sz]e|accept|know|take|like) (?:me$|us$|my (?:e ?mail|address|user|details|log ?in))
(?:forgot|forget|forgotten|forgetting|lost|lose|losing|misplaced|mislaid|missing) _ SECRET
(?:not|never|no longer) (?:~ )?(?:know|remember|recall|have|find|recollect|got|get|had|receive|received|see|enter|sure what|sure about|aware of|given|sent|recover|reset|retrieve|change|set) _ SECRET
(?:unable to|not able to|can no longer) (?:~ )?(?:access|recover|reset|restore|retrieve|find|enter|remember|recall|change) _ SECRET
(?:unaware of|no idea|unsure) _ SECRET
SECRET _ (?:slipped|forgotten|lost|gone|escapes me|missing)
(?:reset|re set|resetting|recover|restor|retriev|look ?up|regenerat|re ?send|re ?sent|replac|renew)\w{0,4} _ SECRET
(?:change|changing|update|updating|get|getting|find|finding|request|obtain|receive) (?:back )?(?:my |our |the |a (?:new |fresh |forgotten |lost )?|another |new )(?:pass ?words?|pass ?codes?|pwd)
SECRET (?:~ )?(?:be |to be )?(?:reset|resetting|changed|renewed|sent again)
SECRET (?:reset|recovery|retrieval|restoration|resetting|problems?|issues?|trouble|change|help|forgotten|lost)
(?:problems?|issues?|trouble|help|assistance|information|question|support|difficult\w*) (?:with|about|on|regarding) (?:~ )?(?:lost|forgotten|expired|wrong|new|recovering|resetting|finding|my|retrieving|changing) (?:~ )?SECRET
(?:send|mail|e ?mail|get|give|given|need|want|receive|request|have|issue|provide) (?:~ )?(?:new|another|fresh|working|temporary|replacement) SECRET
^new (?:pass ?word|pass ?code|pin)
(?:tell me|what is|what was|where is|where (?:can|do) i find) (?:my|our|the) (?:new )?SECRET
SECRET (?:~ )?(?:you (?:sent|gave|mailed)(?: me| us)? )?WRONG
(?:not|refus\w+ to|never) (?:~ )?(?:accept|take|taking|accepting|recogni[sz]e|like|work with) (?:~ )?SECRET
(?:invalid|wrong|incorrect|expired|rejected|no) SECRET
(?:enter|entered|entering|typed?|typing|using|tried|put in|pasted|copied|used) (?:the |my |your )?(?:pass ?word|pass ?code|code|pin) _ (?:error|WRONG|nothing|no)
(?:asks?|asking|wants?|prompts?|prompting) (?:~ )?(?:for|to enter) (?:a|the|my) SECRET
(?:asks?|asking|wants?) (?:me |us )?to (?:log|sign) in
(?:link|links|page|url|button|site|website|portal|pdf) (?:~ )?(?:you sent |in your e ?mail )?WRONG
MYTHING (?:will|do|does|did|can|could) not (?:be )?(?:open|opened|load|display|displayed|viewed|show)
(?:click|clicked|clicking|press|pressing|tap|open|follow|clicked on) (?:on )?(?:the |your |that )?(?:link|button|it) _ (?:WRONG|nothing|error)
(?:send|need|get|give|want|have|provide|would like) _ (?:new|fresh|another|working|valid) (?:link|way in)
^(?:new|fresh|another) link
nothing (?:~ )?happen(?:s|ed|ing)? _ (?:link|button|open|click|press|tap)
(?:link|button|click|clicked|press|pressed) _ nothing (?:~ )?happen(?:s|ed|ing)?
(?:does|do|did) nothing when i (?:click|press|open)
(?:says?|shows?|showing|get|getting|got|gives?(?: me)?|see|tells me|keep getting|told) (?:~ )?(?:404|not found|page not found|access denied|permission denied|not allowed to|link (?:has )?expired|not authori[sz]ed|login failed|too many (?:tries|attempts))
(?:404|page not found|link expired|expired link|broken link|dead link|access denied|permission denied|too many (?:attempts|tries))
(?:not allowed|no permission|not authori[sz]ed) to (?:see|view|open|access)
says (?:~ )?(?:user|login|credentials|document|link) _ (?:invalid|incorrect|unknown|not exist|expired|wrong)
(?:says|message|error) invalid (?:user|login|credentials)
wrong user ?name or pass ?word
(?:where|how) (?:do|can|should|could) (?:i|we) (?:log|sign) (?:in|on)
(?:how|where) _ (?:get into|log into|log in to|access) MYDOOR
"""

SEND_AGAIN = r"""
(?:re ?send|re ?sent|resending)(?: it| this| that| them| me| us| to| again| MYITEM| MYmail| please| your| the| a| no)*(?=$| \S)
(?:send|e ?mail|mail|forward|give|provide|share) _ (?:again|once more|another copy|a copy|one more time|a duplicate|over again|another one|a second time)
(?:send|give|get|have|drop) (?:~ )?(?:another one|a new one|one more|it again)
send _ (?:a new|a fresh|another|(?<!the )fresh) one
(?:can|could) not (?:\S+ ){0,6}find MY(?:WHICH )?ITEM
(?:copy|copies|duplicate) of (?:~ )?(?:ITEM|it|that one|this one)
(?:ITEM|^) copy (?:please|needed|required|inv|\d)
^ITEM (?:again|copy|missing|lost|not received)
(?:another|a new|spare|fresh|second|duplicate|replacement) (?:copy|ITEM)(?! (?:for|of) (?:a|the) (?:new|garden|roof|boiler))
WANT _ (?:send|e ?mail|mail|forward|show|give|provide|share|supply|get|getting|have|find|finding|see|seeing|view|viewing|check|checking|download|downloading|look(?:ing)? (?:at|for|up|over)|obtain|locate|print|receive|fetch|obtain|consult)(?: me| us| over| through| hold of)* (?!an? (?:new )?(?:quotes?|estimates?|quotations?|offers?)(?! (?:again|you)))MY(?:WHICH )?ITEM
(?<!had )(?<!took )(?<!taken )(?:a |quick )(?:quick )?(?:look|peek) (?:~ )?at MYITEM
(?:i|we) (?:need|want|require|am missing|are missing|would like|never saw|still need|miss|lack) (?!an? (?:new )?(?:quotes?|estimates?|quotations?|offers?)(?! (?:again|you)))MY(?:WHICH )?ITEM(?: from| for| of| again| please| as| inv|$| \d)
^(?:please |pls |kindly |just |help |need |want )*(?:send|e ?mail|show|get|getting|find|finding|check|checking|see|seeing|view|viewing|download|downloading|look(?:ing)? (?:at|for|up)|locate|share|provide)(?: me| us)? (?!an? (?:new )?(?:quotes?|estimates?|quotations?|offers?)(?! (?:again|you)))MY(?:WHICH )?ITEM
(?:can|could|am|are|do|did|have|had|has|is|was|were)? ?(?:not|never|unable to|still not) (?:~ )?(?:find|locate|trace|get|got|receive|received|have|had|been sent|download) MY(?:WHICH )?ITEM
(?:lost|deleted|misplaced|mislaid|binned|missing|thrown away) MY(?:WHICH )?(?:ITEM|e ?mail|mail|message|copy)
ITEM (?:~ )?(?:missing|not attached|lost|corrupt|damaged|never (?:came|arrived)|(?:has|did|was) not (?:arrived?|come?|attached|reach))
(?:no|missing|forgot the|without(?: the)?) attachment
ITEM (?:was|is|were) not (?:with|in|on|enclosed)
attachment (?:~ )?(?:missing|lost|empty|not there|not attached|not come)
(?:forgot|forgotten) (?:to (?:add|attach)|the attachment)
(?:did|was|is|were) not (?:~ )?attach(?:ed)?
there (?:is|was) no attachment
forgot (?:to add )?MYITEM
(?:e ?mail|mail|message) (?:~ )?MYITEM _ (?:spam|gone|disappeared|lost|deleted|never came)
nothing (?:was |is )?attached
where (?:is|are|was) MY(?:WHICH )?ITEM
what happened to MYITEM
(?:only|half) (?:~ )?(?:page|half|part) _ (?:ITEM|came|through)
(?:request|requesting|need|require|required) (?:~ )?(?:ITEM copy|copy)
(?:send|mail|e ?mail) (?:me |us )?(?:inv|est) (?:\w+ )?\d+ again
^(?:please )?send again
"""

STATEMENT = r"""
(?:send|e ?mail|mail|forward|give|provide|need|want|request|require|required|like|have|get|ask for|asks for|see) (?:~ )?(?:statement|soa)(?: of (?:my |our |the )?accounts?)?(?! (?:shows|says|from the bank))
statement (?:of (?:my |our |the )?accounts?|(?:please|for \S+ please|required|needed))
(?:account|vendor|supplier) statement
(?:list|overview|summary|breakdown) of (?:all |the |my |our |what |everything ){0,3}(?:open|outstanding|unpaid|overdue|we owe|is unpaid|is outstanding|still to be paid) ?(?:ITEM)?
list everything (?:~ )?still to be paid
list of all invoices
which (?:invoices|bills) (?:are|is) (?:still )?(?:open|unpaid|outstanding|overdue|not paid)
(?:what|how much) (?:do|does) (?:i|we|\S+) (?:still )?(?:owe|have to pay)
(?:what|how much) is (?:the |our |my )?(?:total )?(?:still )?(?:open|outstanding|unpaid|due in total|overdue|balance)
(?:our|the) balance (?:with you|of our account|on our account)
(?:anything|something|other) _ (?:outstanding|unpaid|open items)
"""

CONTACT_CHANGE = r"""
EDIT (?!your |the (?:plan|price))(?:(?:some|one|any|all|to|or|of|the|my|our|included|on|in|part|a|an|new) ){0,5}(?:(?!your )\S{1,20} ){0,2}FIELD(?! number of)
EDIT (?:the |my |our |user |online )*(?:account|profile)(?: information| info| details| data)?$
EDIT _ (?:info\w*|details?|data) _ (?:account|profile|file|user)
FIELD (?:~ )?(?:account|profile|file)? ?(?:(?:has|have|had|is|was|are|been|recently|just|need|needs|needed|must|should|will|to|be) ){1,4}(?:chang\w*|updat\w*|corrected|modified|edited|amended|altered|out of date|misspel\w*|spelled wrong|wrong|incorrect|not (?:right|correct|up to date))
(?:address|details|name|e ?mail address|location|profile|bank details|contact) (?:change|update|modification|correction)
chang\w* of (?:address|name|location|details|e ?mail|bank\w*|contact)
(?:new|old|different|another) (?:postal |billing |e ?mail |delivery |shipping |company |last |private |work )?(?:address|name|surname|bank details|bank account|iban|e ?mail|phone number|contact person|contact)(?! bar)
(?:spell\w*|spelt|wrote) (?:my|our) (?:name|address|company|street|surname) (?:wrong|incorrect)\w*
(?:i|we) (?:(?:have|just|recently|are|am|will be|has) ){0,2}(?:moved|moving|relocat\w+)(?: to| house| home| office| offices| premises|$| and| last| on| from|ed)(?! (?:the|my) )
(?:since|after) (?:i|we|the) move
(?:got|get|getting|just|after|am|have|my|i) (?:married|marriage|divorced|divorce|wedding)
(?:married|maiden|husband s|wife s|spouse s|new) name
(?:send|address|write|direct|forward|deliver|e ?mail|mail) (?:~ )?(?:future |all |any |further |these |your |everything |it |them )*(?:ITEM|e ?mails?|mails?|them|it|everything|correspondence|parcel)? ?_ (?:instead|from now on|in future|another address)
(?:send|address|direct|e ?mail|mail) (?:~ )?(?:future|all|further|the) (?:ITEM|mail|correspondence) to (?:our|the|my|EMAIL)
(?:write|talk|speak|send|address|contact) (?:it |them |this |future \S+ )?(?:to )?\S+(?: \S+)? instead
(?:has|have|is) (?:left|leaving|retired|no longer) .{1,40} (?:write to|contact|send|speak to|use|e ?mail|replaced|instead|new|address)
no longer works? (?:here|for|at) .{0,40}(?:write|contact|use|send|address)
(?:took|taken|takes|taking|take) over (?:from|the accounts|accounts|invoices|as of|my job|the bookkeeping)
handed over _ (?:accounts|invoices|to)
(?:please )?(?:use|note|take|register|add) (?:the |this |my |our |following |new ){1,3}(?:address|e ?mail|contact)
(?:use|write to|send it to|take|contact) EMAIL
(?:our|my|the) new \S+(?: \S+)? is
(?:add|adding|copy) (?:in )?EMAIL
(?:replace|take|put) (?:~ )?(?:with|off your list|in instead|on your list)
(?:my|his|her|our) successor
(?:will be|is|are) (?:now )?(?:your (?:new )?contact|in charge of (?:the )?(?:invoices|accounts)|called|taken over)
(?:address|mailbox|inbox|e ?mail) (?:~ )?(?:will be|is being|no longer) (?:closed|shut|retired|in use|monitored|read|exists?)
(?:am|are) at \d+ \S+
"""

WRONG_PERSON = r"""
(?:wrong|not the right|not the correct) (?:person|recipient|contact|addressee|address|inbox|mailbox|company)
not (?:meant|intended) for (?:me|us|this)
(?:nothing to do with) (?:me|us|this|that|them|\S+)
no longer (?:work|works|working|employed|with|in charge|responsible|at|your (?:client|customer)|the owner)(?= |$)
^(?:sorry )?(?:i am|we are|this is) not (?:a |your |the )?(?:client|customer|owner|company|person|addressee|one|right)
^(?:sorry )?i am not (?:mr|mrs|ms|called|named)
(?:(?:do|does|am|is|are) not|no longer) (?:work|working|employed)(?: here| there| for (?!me$|us$)| at)
(?:i am|we are) not responsible
(?:has|have|i) (?:left|quit|retired)(?= (?:~ )?(?:company|firm|us|business|organi[sz]ation|job|from|in|that|last|ltd)|$)
(?:do|did) not know (?:you|who you are|this company|your company|this firm)
never heard of (?:you|this|the)
not (?:our|my|mine|me|for me|for our|for my|your (?:client|customer))(?: ITEM| order|$)
(?:sent|got|received|get|come to|gone to|reached) _ (?:by mistake|in error|by accident)
(?:somebody|someone) else s? ?(?:ITEM)?
(?:nobody|no one|there is nobody) (?:here )?(?:called|named|by the name of)
(?:mistyped|typo in) _ address
never ordered _ from you
i (?:have )?retired
(?:who) (?:~ )?are you and
"""

STOP_REMINDERS = r"""
(?:stop|cease|quit) _ (?:send|sending|e ?mail|e ?mailing|mailing|remind|reminding|reminders?|contacting|writing|messages?|e ?mails?|chasing|pestering|spamming|bothering|bombarding|this|it)(?! (?:at|before|in front))
(?:no more|enough of|enough with|not (?:send|want|need|get|remind|chase|contact|write|e ?mail)) _ (?:reminders?|e ?mails?|messages?|mails?|reminding|chasing|again|every)
not (?:remind|chase) (?:me|us)
(?:pause|suspend|hold|switch off|turn off|cancel|get rid of|opt out of) _ (?:reminders?|dunning|notices|e ?mails?)
(?:turn|switch) _ reminders off
unsubscribe(?! (?:from )?(?:the |your |my )?(?:newsletter|magazine))
opt out
^stop(?: it| this)?$
(?:remove|take|delete) (?:me|us|my address|our address) (?:from|off)
no need to (?:remind|keep chasing|chase)
(?:rather )?not get reminders
leave (?:me|us) alone
reminders _ (?:too much|annoying)
stop reminding
"""

PAID = r"""
(?<!consider )(?<!to )(?:i|we|already|been|accounts|department|just|wife|husband|office|it|this|that|invoice|bill|one|everything|\d+) (?:(?:have|has|had|was|been|already|just|is|did|now|both|all) ){0,3}(?:paid|settled|transferred|wired|cleared|debited)(?! off| for the neighbour)
^(?:done )?(?:paid|transferred|just paid|already settled|payment (?:made|done)|money sent|sent the money)
(?:payment|money|transfer|amount|cheque|check|direct debit) (?:(?:has|was|have|is|been|already|just|should) ){0,3}(?:made|sent|done|transferred|paid|completed|gone out|went out|went through|issued|wired|released|posted|left our account|with you|arrived)
(?:made|sent|did|initiated|put through) (?:the|a|my|our) (?:~ )?(?:payment|transfer|wire)
(?:posted|sent) (?:a|the) cheque
(?:proof of payment|payment confirmation|remittance advice|payment advice|transfer slip)
(?:should (?:have|see)) _ (?:money|payment)
(?:payment) (?:~ )?crossed
paid (?:~ )?in cash
handed the cash
"""

WILL_PAY = r"""
consider it (?:as )?(?:paid|settled|done)
(?:can|could|may) (?:~ )?(?:pay|settle|transfer) (?:~ )?(?:later|on|by|next|tomorrow|in \d|in two|at the)(?! (?:card|cheque|check|paypal|instal\w+|cash|bank|direct|standing|phone))
(?:will(?! you)|shall|going to|plan to|intend to|expect to|promise to|hope to|aim to) (?:~ )?(?:pay|paying|settle|settling|transfer|clear|wire|send the money|make the payment|sort the payment|get that paid)(?! attention)(?=$| )
(?:i|we) (?:am|are) (?:~ )?(?:paying|settling)
(?:payment|transfer|money|it|this|invoice|one) (?:~ )?(?:(?:is|has|been|will|be|gets|on|our|in|the) ){1,5}(?:scheduled|planned|made|sent|on its way|paid|settled|payment run|queued|booked|out|due to go out|follow|with you|payment)
(?:passed|approved|scheduled|list) (?:~ )?for (?:the )?(?:next )?payment
payment run
^(?:will pay|paying|payment|settling|to be paid)(?: (?:it|this))? (?:on|by|next|tomorrow|this|at|in|later|within)
(?:paying|pay) (?:it |this |you )?(?:on|by|next|tomorrow|this|end|in|later|within)(?! (?:a |credit |debit |bank |direct |standing |the )?(?:card|cards|cheque|check|paypal|instal\w+|cash|transfer|debit|order|phone|parts|euros|dollars|pounds|two parts))
(?:you|you will) (?:will )?(?:have|get|receive|see) (?:your |the )?(?:money|payment)
cheque will be
will put a cheque
set up the transfer
(?:give me|need) until
do our payments on
told the bank to
"""

DISPUTE = r"""
(?:dispute|disputing|disagree with|overcharged|over charged|object to|not agree (?:with|to)|contest|query)(?= |$)
(?:not|never) (?:~ )?(?:accept|agree) (?:~ )?(?:invoice|bill|amount|charges?|total|line)
(?:charged|billed|invoiced) (?:~ )?(?:twice|too much|wrong|incorrectly|double|for)
(?:amount|price|total|sum|vat|tax|figure|figures|quantity|rate|invoice|bill|number|date|hours|discount|balance|numbers|sums) (?:~ )?(?:wrong|incorrect|not right|not correct|too high|mistake|not match|not add up|off|not what)
(?:wrong|incorrect) (?:amount|price|total|vat|tax|quantity|rate|invoice|bill|po)
(?:never|did not|have not) (?:order|ordered|agree|agreed|receive|received|get|got|authori[sz]e\w*|asked?)(?: to| for)? (?:this|these|that|the (?:goods|extra|second|materials)|any of|line|anything)
(?:mistake|error|discrepancy|problem) (?:in|on|with) MY(?:ITEM|amount|total|figures|calculation)
(?:will|do|are|is|am) not (?:going to )?(?:pay|paying|owe)(?:ing)?(?= |$)
refuse to pay
credit note
(?:complaint about|correct|cancel|withdraw|credit|amend|revise) (?:~ )?(?:invoice|bill|amount|total|charge|line)
not what (?:we|was) (?:~ )?agreed
(?:discount|deposit|advance|down payment|credit) (?:~ )?(?:missing|not (?:been )?(?:deducted|taken)|forgotten)
(?:more|higher) than (?:the|your|you) (?:estimate|quote|quoted|agreed)
(?:far )?too (?:much|expensive) we
quoted \S+ and (?:billed|charged)
(?:arrived|were|was|is) (?:broken|damaged|faulty|defective|not finished)
rip off
cancelled this order
must come off
"""

ACCEPT = r"""
(?<!should )(?<!shall )(?<!can )(?<!do )(?:i|we) (?:~ )?(?:accept|approve|agree to|confirm)(?: (?:the|your|this|it|to)(?= |$)|$)
(?:estimate|quote|quotation|offer|price|proposal|it|that|everything) (?:~ )?(?:accepted|approved|agreed|fine (?:with|by)|good to us|sounds good|looks good)
(?:please|pls|yes|ok|okay|kindly|can|may|great|fine) (?:~ )?(?:go ahead|proceed|get started|start the work|begin the work|start|begin|book us in|do the work|do it)(?! date)
go ahead with (?:the|it|this|option)
(?:our|the) (?:go ahead|green light|okay|ok|approval)
(?:happy|fine|okay|pleased|in agreement|content|comfortable) with (?:the |your )?(?:estimate|quote|price|proposal|it|that|this|everything)
(?:like|want|decided|ready|agreed) to (?:go ahead|proceed|go with your|take (?:you up|your offer)|accept|place the order|order this|book you|give you the job|use you)
(?:has|have|been) (?:approved|signed off|okayed|accepted|agreed to|given the green light)
(?:signed|countersigned) (?:copy|estimate|quote)
(?:got the job|job is yours|have a deal|our acceptance|consider this our order|as our acceptance)
(?:choose|go with|go for) (?:~ )?option
yes (?:from|to) (?:our side|me|us|all|everything)
let us (?:go|do it|get going|proceed)
"""

DECLINE = r"""
(?:i|we|must|to|regret to) (?:~ )?(?:decline|reject|turn down|refuse)(?: (?:the|your|this|it)(?= |$)|$)
(?:not) (?:~ )?(?:go ahead|going ahead|proceed|place the order|take your offer|accept (?:the|your|this) (?:estimate|quote|quotation|offer)(?! as)|have it done|need (?:it|this) any)
(?:decided|chosen|chose|going|gone|went|go) (?:~ )?(?:against|not to|with another|with someone else|another (?:company|supplier|contractor)|for another|cheaper)
(?:given|gave) the job to (?:someone|another)
(?:over|out of|exceeds?) (?:~ )?budget
too (?:expensive|dear|high)(?! we agreed)
(?:better|cheaper) (?:offer|quote)
(?:will|have to|must) (?:pass|say no)
(?:answer is|say|it is a?) no(?= |$)
(?:project|job|work) (?:~ )?(?:has been|is|was) cancelled
(?:no longer|not) (?:~ )?(?:need this|need it|want it|needed|interested|for us)
leave it for (?:this|now)
(?:can not|could not) afford
cancel (?:the|your) (?:estimate|quote|project)
"""

# Said after the trouble is over; it takes back what the same or an earlier clause complained of.
RESOLVED = r"""
^(?!.* (?:payment|remittance|transfer|paid))(?:please |kindly )?(?:find (?:\S+ ){0,8}(?:attached|enclosed|below)|(?:attached|enclosed) (?:is|are|please find|you))
(?:mail|letter|e ?mail|message|text|website) (?:says|said|tells me|reads) (?:\S+ ){0,6}if (?:i|we|you)
not (?:broken|wrong|expired|dead|locked|forgotten|lost|missing)(?! (?:to|for))
do not (?:reset|re ?send|change|update|edit)(?!.* remind)
do not send (?:it|this|them|another|a|the|me (?:a|another|the)) ?(?!(?:\S+ ){0,2}(?:reminders?|e ?mails?|mails?))
(?:did|have|has|do) not (?:change|changed|forget|forgotten|lose|lost|move|moved)(?= |$)
(?:i|we) (?:will|shall|am going to|are going to|need to|have to|want to) (?:just |first )?(?:look at|check|read|review|go through|study)(?= .* (?:and|first|with|when|before|tomorrow|let you know))
(?:i|we) (?:will|shall) (?:\S+ )?(?:send|forward|mail|e ?mail|resend|pass|let you have|give you)(?! (?:\S+ ){0,3}(?:money|payment|cheque|transfer|amount))
(?:i|we) (?:have )?(?:sent|forwarded|resent|passed|mailed|e ?mailed|checked|received|read|reviewed|seen|saw|opened|got) (?:it|them|MYITEM|a copy|you|on)(?! by mistake| in error| by accident)
(?:(?:i|we) (?:can|could)|able to|managed to|succeeded) (?:~ )?(?:ENTER|access|open|see)(?: \S+){0,4} (?:now|again|after all|fine|today|at last|in the end|without)
(?:now|again|finally) (?:~ )?(?:i |we )?(?:can|could|able to) _ (?:ENTER|open|access)
(?<!how )(?<!where )(?<!whether )(?<!so )(?<!that )(?<!if )(?:i|we) (?:can|was able to|were able to|managed to|am able to) (?:~ )?(?:ENTER|access|open)
(?:no longer|not|not any more|never) locked out
(?:works?|working|worked|fine|okay|ok|sorted|resolved|fixed|solved|well) (?:fine |perfectly )?(?:now|again|out|after all|perfectly)
(?:problem|issue|it|all|everything) (?:(?:is|has|been|was|got) ){0,2}(?:sorted|resolved|fixed|solved|works)
works (?:fine|perfectly|well)
if (?:i|we) .{1,80} (?:i|we) will
(?:in case|should) (?:i|we) .{1,80} (?:i|we) will
^(?:if|in case|should) (?:i|we) (?:can not|could not|lose|do not|forget|am not)(?: \S+){0,6}$
(?:never ?mind|(?:ignore|disregard|forget) my (?:last|previous|earlier)|remembered (?:it|my SECRET)|got in|i am in)
(?:found|(?:i|we) have|got|received) (?:it|my SECRET|the SECRET|the (?:link|copy|invoice)|MYITEM) (?:now|again|after all|thanks|in the)
(?:i|we) (?:have )?found (?:it|my|the)
turned up
(?:have|had|having) no (?:trouble|problems?|issues?|difficult\w+)
(?:set|use) (?:a |my )?(?:new )?pass ?word (?:myself|manager)
(?:letter|e ?mail|mail|message|instructions?|help page|website) (?:says?|said|tells?(?: me| us)?|mentions?|explains?|describes?) (?:how|that i can|forgot|click|what|where)
"""

# Something is said to be stolen or abused, or the trouble is another person's: never automatic.
ALARM = r"""
^(?!STARTER )[a-z]{3,20} (?:can not|could not|is unable|is not able|was not able|has forgotten|has lost|forgot how|says (?:he|she)) (?:~ )?(?:log|sign|get|open|access|find|remember|see|view|ENTER)
(?:stolen|hacked|hacker|mugged|robbed|fraud\w*|phish\w*|scam\w*|compromised|suspicious|lawyer|solicitor|police|legal action|gdpr|emergency|break in|burglar\w*)
(?:lost|stole|stolen|left|forgot) (?:my|our|the) (?:phone|laptop|wallet|bag|computer|passport|keys?)
(?:he|she|they|colleague|bookkeeper|accountant|wife|husband|boss|customer|neighbour|assistant|tenant|daughter|son|people) (?:~ )?(?:can not|could not|unable|forgot|forgotten|was not able)
(?<!by )(?<!by credit )(?<!by debit )(?<!with my )(?:(?:credit |debit |gift |bank )cards?|cards?(?! details))
atm|cash machine|top up
(?<!via )(?<!by )(?<!with )paypal
(?:facebook|instagram|netflix|gmail|whatsapp|wifi|wi fi|router|online banking|my bank(?! details| account| receipt)|alarm system|twitter|linkedin)
(?:is|are you sure) this (?:mail |e ?mail |link |invoice )?(?:really|genuine|fake|spam|a scam|safe|from you)
"""

# An answer with a condition is a new offer, and one that is put off is none.
CONDITION = r"""
if|unless|provided|providing|subject to|as long as|on condition|assuming|except|yet|in principle|once (?:you|we|the)|only when
(?:with|after) (?:\S+ ){0,3}(?:changes?|changed|amendments?|corrections?|exceptions?|discount)
"""

# Words that ask for help with what was said before, and so add no request of their own.
HELP = r"""
help|assist(?:ance)?|support|what now|now what|what (?:can|should|do|must) (?:i|we)|how (?:do|can|could|should) (?:i|we)|what is (?:going on|wrong|happening)|advise|fix (?:this|it)
look into|(?:have|take) a (?:quick )?look|check (?:this|that|it|into)|sort (?:this|that|it) out|let (?:me|us) know|get back to (?:me|us)|tell (?:me|us) what
(?:is|would|will) (?:that|this|it) (?:be )?(?:possible|ok|okay|all right|alright|feasible)|^(?:ok|okay|right|possible|please|agreed|yes)$
any ideas?|why|is there (?:a|any) (?:way|problem)|thank|where do (?:i|we)|can you do (?:something|anything)
"""

# What a request is about: without such a word, the model is not believed by itself.
TOPICS = {
    "cannot_get_in": r"SECRET|ENTER|DOOR|links?|button|url|lock\w*|unlock\w*|access|open\w*|expired|404|pass ?wort|kennwort|zugang\w*"
    r"|anmeld\w*|einloggen|gesperrt|mot de passe|connexion|connect\w*|lien|compte|acces|identifiants?|contrasena|clave|enlace|cuenta|acceso|acceder"
    r"|entrar|accedere|accesso|entrare|credenziali|wachtwoord|inlog\w*|toegang|aanmelden|senha|acessar|aceder|palavra passe|conta|rein|offnen"
    r"|abrir|aprire|ouvrir|openen",
    "contact_change": r"FIELD|moved?|moving|relocat\w*|married|marriage|divorced?|successor|left|leaving|EMAIL|instead|account|took over|taken over",
    "send_again": r"ITEM|attach\w*|re ?sen[dt]\w*|cop(?:y|ies)|duplicate|again|rechnung\w*|angebot|anhang|kopie|duplikat|nochmals?|erneut|facture\w*"
    r"|devis|piece jointe|copie|duplicata|renvo\w*|factura\w*|presupuesto|adjunto|copia|reenvi\w*|fattura|fatture|preventivo|allegato|rinvi\w*"
    r"|rimand\w*|factuur|facturen|offerte|bijlage|opnieuw|nogmaals|fatura\w*|orcamento|anexo|segunda via",
    "statement": r"statements?|soa|owe|outstanding|unpaid|overdue|balance|open",
    "wrong_person": r"wrong|mistake|error|someone else|somebody else|not|never|left|retired|another|different",
    "stop_reminders": r"reminders?|remind\w*|stop\w*|e ?mails?|mails?|unsubscribe|opt|chas\w*|dunning|list",
    "paid": r"paid|payment|settled|transfer\w*|money|cheque|wired|cleared|debited|remittance",
    "will_pay": r"pay|paying|payment|paid|settle\w*|transfer|money|cheque|payday",
    "dispute": r"ITEM|amount|price|total|wrong|charg\w*|billed|invoiced|vat|hours|order\w*|agreed|credit|line|discount|pay",
    "accept": r"accept\w*|approv\w*|agree\w*|ahead|proceed|yes|ok|okay|fine|confirm\w*|happy|start|deal|order|right|correct|true|good|job",
    "decline": r"declin\w*|reject\w*|refus\w*|no|not|pass|against|another|expensive|budget|wrong|false|incorrect|cancel\w*|disagree|never|afford|else",
}
