"""How people ask for things, as patterns over one normalised clause. Data, no logic.

Clauses are in lower case, without apostrophes and commas, contractions written out ("can not",
"i am"), words separated by one space. `_` stands for up to four words of any kind, `~` for up to
two. Capital names stand for the groups of words defined at the top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

_GROUPS = {
    "SECRET": r"(?:pass ?words?|pass ?codes?|passwrd|pwd|pw|access (?:keys?|codes?)|log ?in (?:details|data|code)s?"
    r"|credentials|pin(?: codes?| number)?(?! on my card)|(?:account|user|online|my|lost|forgotten|the) (?:pass|key|code))",
    "ITEM": r"(?:invoices?|estimates?|quotes?|quotations?|documents?|bills?|pdfs?|receipts?)",
    "DOOR": r"(?:accounts?|portal|invoices?|estimates?|quotes?|quotations?|documents?|pdf|link|links|page|site|website"
    r"|client area|attachments?|files?|app)",
    "MY": r"(?:(?:the|my|our|your|this|that|these|those|an?|any|user|online|new|attached|pdf|personal|of) ){0,3}",
    "CANNOT": r"(?:can not|could not|can no longer|unable to|not able to|not possible to|impossible to|struggling to"
    r"|not (?:let|letting|allow|allowing|permit|permitting) (?:me|us)(?: to)?|refuses? to let (?:me|us)(?: to)?"
    r"|(?:trouble|problems?|issues?|difficulty|difficulties|errors?)(?: with| trying to| when)?|help(?: me)?(?: with| to)?"
    r"|fail(?:s|ed|ing)? to|do not know how to|how (?:do|can) (?:i|we)|can neither)",
    "ENTER": r"(?:log(?:g?ing)?[ -]?(?:in|on)(?:to)?|sign(?:ing)?[ -]?(?:in|on)(?:to)?|login)",
    "BROKEN": r"(?:(?:(?:is|are|was|do|does|did|will|has|have|be|been|just|still|seems?|appears?|to) ){0,4}"
    r"(?:not (?:work|works|working|open|opening|load|loading|valid|accepted|recogni[sz]ed|being accepted|right|correct"
    r"|go|going|respond)\w*|no longer (?:work|open|valid|load)\w*|wrong|incorrect|invalid|rejected|refused|expired|broken"
    r"|dead|(?:switched|turned) off|deactivated|fail(?:s|ed|ing)?|blank|empty|stopped working|never works?|an error|404|being rejected))",
    "ASK": r"(?:please|pls|plz|can (?:you|u|i|we|ya)|could (?:you|u|i|we|ya)|would (?:you|it be possible)|will you"
    r"|may (?:i|we)|is it possible|(?:i|we) (?:want|need|would like|have to|have got to|must|wish|call|am calling|try"
    r"|am trying|require|am looking)|i would like|wanna|want|need|needs?|how|where|what (?:do|can|should)"
    r"|help|assistance|support|do not know|do not understand how)",
    "EDIT": r"(?:chang|updat|edit|modif|correct|amend|alter|adjust|fix|switch|replac)\w{0,5}",
}


class Patterns:
    """A family of patterns, with group names and gaps filled in and compiled at its first use."""

    def __init__(self, *sources: str) -> None:
        self._sources = sources

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(_expand(source)) for source in self._sources)

    def __iter__(self) -> Iterator[re.Pattern[str]]:
        return iter(self._compiled)


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list written as plain text."""
    return frozenset(text.split())


def _expand(pattern: str) -> str:
    for name, words in _GROUPS.items():
        pattern = pattern.replace(name, words)
    for mark, most in (("(?:~ )?", 2), (" ~ ", 2), (" _ ", 4)):
        gap = rf"(?:(?!not |never )\S{{1,30}} ){{0,{most}}}"
        pattern = pattern.replace(mark, gap if mark[0] == "(" else " " + gap)
    return rf"(?<!\w)(?:{pattern})(?!\w)"


CANNOT_GET_IN = Patterns(
    r"CANNOT (?:~ )?ENTER(?! to (?!the|my|our|your|it|this|see|view|pay|look|check|get|download|open|access|account|portal|website))",
    r"CANNOT ~ (?:get (?:in|into|inside)|enter|access|accessing|open|opening|view|see|getting into) MYDOOR",
    r"CANNOT (?:~ )?get in(?! touch| contact)", r"CANNOT (?:~ )?get MYDOOR (?:to )?(?:open|load|work)\w*",
    r"CANNOT (?:enter|access|open)(?: it| anymore| any more| at all)?(?=$| with| because| since)",
    r"(?:not let|will not let|would not let) (?:me|us) (?:in|on|through|open it|see it)",
    r"ENTER (?:~ )?(?:BROKEN|problems?|issues?|error|troubles?|help)",
    r"locked (?:me |us )?out(?! my| of my (?:phone|car|house|home|office|flat))",
    r"DOOR ~ (?:(?:will|do|does|did|is|are|can) ){0,2}not (?:be )?(?:open|load|display|work)\w*",
    r"not (?:~ )?(?:accept|tak|recogni[sz]|lik|work with)\w* (?:~ )?SECRET", r"(?:invalid|wrong|incorrect|expired) SECRET",
    r"(?:e ?mail|address|user ?name) (?:~ )?not (?:being )?(?:recogni[sz]ed|known|accepted|found)",
    r"(?:send|need|get|give|want|have|provide) _ (?:new|fresh|another|working) link",
    r"(?:lost|lose|losing|have no|got no) access(?! to my (?:phone|email|e ?mail|mailbox))",
    r"nothing (?:~ )?happens? _ (?:link|button)", r"(?:link|button) _ nothing happens?",
    r"(?:account|access|login) (?:(?:is|has|was|got|been|now|have|seems) ){0,3}(?:locked|blocked|suspended|disabled)",
    r"(?:forgot|forget|forgotten|forgetting|lost|lose|misplaced|mislaid|missing) _ SECRET",
    r"(?:not|never) (?:~ )?(?:know|remember|recall|have|find|got|get|received?|see|enter|sure what|aware of) _ SECRET",
    r"(?:can not|unable to|not able to) (?:~ )?(?:access|recover|reset|restore|retrieve|find|enter) _ SECRET",
    r"(?:unaware of|no idea|not sure|unsure) _ SECRET",
    r"SECRET _ (?:slipped|forgotten|lost)",
    r"(?:reset|re set|resetting|recover|restor|retriev|look ?up|regenerat|resend|resent)\w{0,4} _ SECRET",
    r"(?:change|changing|update|updating) (?:my |our |the )?(?:pass ?words?|pass ?codes?)", r"(?:lost|forgotten) (?:pass|key|code)",
    r"SECRET (?:~ )?be reset", r"my (?:app )?code to (?:get|log|access)",
    r"SECRET (?:reset|recovery|retrieval|restoration|problems?|issues?)(?! request)",
    r"(?:send|get|give|given|need|want|receive|request|have|issue) ~ (?:new|another) SECRET",
    r"(?:tell me|what is|what was) my (?:new )?SECRET",
    r"SECRET ~ BROKEN",
    r"(?:enter|entered|entering|typed?|typing|using|tried|put in) MYSECRET _ (?:error|BROKEN|nothing)",
    r"(?:asks?|asking|wants?|prompts?|prompting) (?:me |us )?for a SECRET",
    r"(?:link|links|page|url|button|site|website|portal) _ BROKEN",
    r"(?:says|say|shows|showing|get|getting|got|gives|gives me|see) ~ (?:404|not found|page not found|access denied|link (?:has )?expired)",
    r"(?:404|page not found|link expired|expired link|broken link|dead link|access denied)",
    r"(?:can not|could not|unable to) (?:click|follow|use|open) MY(?:link|button)",
    # German
    r"(?:kann|können|konnte) (?:mich|uns|ich mich|wir uns) _ nicht _ (?:anmelden|einloggen|einwählen)",
    r"(?:anmeldung|login|einloggen|anmelden|zugang|link) _ (?:nicht|gesperrt|abgelaufen|ungültig|fehlgeschlagen|kaputt|tot)",
    r"komm\w? _ nicht _ (?:rein|hinein|ins? (?:konto|portal|kundenkonto))",
    r"(?:kann|können|lässt sich) _ (?:rechnung|angebot|link|dokument|seite) _ nicht _ (?:öffnen|aufrufen|ansehen|sehen)",
    r"(?:rechnung|angebot|link|dokument|seite) _ nicht _ öffnen",
    r"(?:passwort|kennwort|zugangsdaten) _ (?:vergessen|verloren|falsch|nicht|ungültig|abgelaufen|zurücksetzen)",
    r"(?:kein|neues|meine) (?:passwort|kennwort|zugangsdaten)", r"(?:ausgesperrt|konto _ gesperrt)",
    # French
    r"(?:n arrive|parviens|peux|arrivons|pouvons|puis|impossible) (?:\S+ ){0,4}(?:me |nous |de me |de )?(?:connecter|ouvrir|accéder|consulter la facture)",
    r"mot de passe _ (?:oublié|perdu|incorrect|erroné|refusé|pas|plus|invalide|expiré)",
    r"(?:oublié|perdu|réinitialiser|nouveau|pas reçu) _ mot de passe",
    r"lien _ (?:expiré|pas|plus|mort|invalide|cassé)", r"(?:compte|accès) _ (?:bloqué|verrouillé)",
    # Spanish
    r"no (?:puedo|podemos|logro|consigo|me deja) _ (?:entrar|acceder|iniciar sesión|abrir|ingresar|ver la factura)",
    r"(?:contraseña|clave) _ (?:olvidada|incorrecta|no|inválida|caducada)",
    r"(?:olvidé|olvidado|perdí|perdido|restablecer|recuperar|nueva) _ (?:contraseña|clave)",
    r"enlace _ (?:caducado|expirado|no|roto|ha caducado)", r"cuenta _ bloqueada",
    # Italian
    r"non (?:riesco|riusciamo|posso|mi fa) _ (?:entrare|accedere|aprire|collegarmi|visualizzare)",
    r"password _ (?:dimenticata|errata|sbagliata|non|scaduta)", r"(?:dimenticato|perso|reimpostare|nuova) _ password",
    r"link _ (?:scaduto|non|rotto)", r"account _ bloccato",
    # Dutch
    r"(?:kan|kunnen|lukt) _ niet _ (?:inloggen|aanmelden|openen|binnen)", r"(?:inloggen|aanmelden) _ niet",
    r"wachtwoord _ (?:vergeten|kwijt|onjuist|fout|niet|verlopen|resetten)", r"(?:nieuw|geen) wachtwoord",
    r"link _ (?:verlopen|niet|werkt niet)",
    # Portuguese
    r"não (?:consigo|conseguimos|posso|me deixa) _ (?:entrar|acessar|aceder|abrir|fazer login|iniciar sessão)",
    r"(?:senha|palavra passe) _ (?:esquecida|errada|incorreta|não|inválida|expirada)",
    r"(?:esqueci|perdi|redefinir|recuperar|nova) _ (?:senha|palavra passe)", r"link _ (?:expirou|expirado|não)",
)  # fmt: skip

# Said after the trouble is over; it takes back what the same or an earlier clause complained of.
RESOLVED = Patterns(
    r"(?:can|could|able to|managed to|succeeded) (?:~ )?(?:ENTER|get in|access|open|see)(?: \S+){0,4} (?:now|again|after all|fine|today)",
    r"(?:now|again|finally) (?:~ )?(?:i |we )?(?:can|could|able to) _ (?:ENTER|get in|open|access)",
    r"(?:i|we) (?:can|was able to|were able to|managed to|am able to) (?:~ )?(?:ENTER|get in|access|open)",
    r"(?:no longer|not|not any more|never) locked out", r"(?:works|working|fine|okay|ok|sorted|resolved|fixed|solved) (?:now|again|out|after all)",
    r"(?:problem|issue|it|all|everything) (?:(?:is|has|been|was|got) ){0,2}(?:sorted|resolved|fixed|solved|works)",
    r"if (?:i|we) .{1,80} (?:i|we) will",
    r"(?:never ?mind|ignore my (?:last|previous|earlier)|found (?:it|my SECRET|the SECRET)|remembered (?:it|my SECRET)|got in|i am in)",
    r"(?:jetzt|wieder) _ (?:geht|klappt|funktioniert)", r"(?:geht|klappt|funktioniert) (?:jetzt|wieder|nun)",
    r"(?:marche|fonctionne) (?:maintenant|à nouveau)", r"(?:ya|ahora) _ (?:funciona|puedo)", r"(?:ora|adesso) funziona",
    r"(?:werkt|lukt) (?:nu|weer)", r"(?:agora|já) (?:funciona|consigo)",
)  # fmt: skip

SEND_AGAIN = Patterns(
    r"(?:re ?send|re send|resent|resending)(?: it| this| that| them| me| us| to| again| MYITEM| MYlink| please)*(?=$| \S)",
    r"(?:send|email|mail|forward|give|provide|share) _ (?:again|once more|another copy|a copy|one more time|a duplicate|over again)",
    r"send _ (?:new|fresh|another) one",
    r"(?:copy|copies|duplicate) of (?:~ )?ITEM", r"(?:another|a new) copy",
    r"ASK _ (?:send|email|mail|forward|show|give|provide|get|getting|have|find|finding|see|view|check|checking|download|look(?:ing)? (?:at|for|up)|obtain|locate|print|receive)(?: me| us| over| through)* MYITEM",
    r"ASK _ (?:quick look|look) at MYITEM", r"(?:take|taking|have) a (?:quick )?look at MYITEM",
    r"ASK (?:~ )?MYITEM(?: from| for|$)",
    r"^(?:please |pls |kindly |just |help )*(?:send|email|show|get|getting|find|finding|check|checking|see|view|download|look(?:ing)? (?:at|for|up)|locate)(?: me| us)? MYITEM",
    r"(?:can not|could not|unable to|not able to|do not|did not|have not|never|not) (?:~ )?(?:find|locate|see|get|got|receive|received|have|had) MYITEM",
    r"(?:lost|deleted|misplaced|missing) MY(?:ITEM|e ?mail with MYITEM)", r"ITEM (?:~ )?(?:missing|not attached|was not attached|never (?:came|arrived))",
    r"(?:no|missing|forgot the|without) attachment", r"attachment (?:is )?missing", r"where (?:is|are|can i find) MYITEM",
    # German, French, Spanish, Italian, Dutch, Portuguese
    r"(?:rechnung|angebot|dokument|sie|es) _ (?:nochmals?|noch ?mal|noch einmal|erneut) _ (?:senden|schicken|zusenden|zuschicken|zukommen|mailen|übermitteln)",
    r"(?:nochmals?|noch ?mal|noch einmal|erneut) _ (?:senden|schicken|zusenden|zuschicken|mailen)",
    r"(?:senden|schicken|mailen) _ (?:rechnung|angebot|sie|es) _ (?:nochmals?|noch ?mal|noch einmal|erneut)", r"(?:kopie|duplikat) der rechnung", r"rechnung nicht (?:erhalten|bekommen|gefunden)",
    r"(?:renvoyer|renvoyez|envoyer à nouveau|renvoi)(?: \S+){0,4}", r"(?:copie|duplicata) de (?:la |ma |votre |cette )?facture", r"pas reçu (?:la|ma|votre|de) facture",
    r"(?:reenviar|reenvíe|reenvíen|volver a enviar|enviar de nuevo|mandar otra vez)(?: \S+){0,4}", r"copia de (?:la |mi |su )?factura", r"no he recibido (?:la|mi|su|ninguna) factura",
    r"(?:rinviare|rispedire|inviare di nuovo|rimandare|rimandarmi|reinviare)(?: \S+){0,4}", r"copia della (?:mia |vostra )?fattura", r"non ho ricevuto (?:la|alcuna|nessuna) fattura",
    r"(?:factuur|offerte|deze|die|het) _ (?:opnieuw|nogmaals|nog een keer) _ (?:sturen|mailen|toesturen|zenden|versturen)", r"kopie van (?:de|mijn) factuur", r"factuur niet ontvangen",
    r"(?:reenviar|enviar novamente|mandar de novo|enviar outra vez)(?: \S+){0,4}", r"(?:segunda via|cópia) da fatura", r"não recebi a fatura",
)  # fmt: skip

STATEMENT = Patterns(
    r"(?:send|email|mail|forward|give|provide|need|want|request|like|have|get) ~ statement(?: of (?:my |our |the )?account)?(?! shows)",
    r"statement of (?:my |our |the )?accounts?", r"(?:list|overview|summary) of (?:all |the |my |our ){0,3}(?:open|outstanding|unpaid|overdue) ITEM",
    r"what (?:do (?:i|we) (?:still )?owe|is (?:still )?(?:open|outstanding))", r"kontoauszug|relevé de compte|estado de cuenta|estratto conto|rekeningoverzicht|extrato de conta",
)  # fmt: skip

CONTACT_CHANGE = Patterns(
    r"EDIT (?!your |the ai )(?:(?:some|one|any|all|to|or|of|the|my|our|included|on|in|part|a|an) ){0,4}(?:(?!your )\S{1,20} ){0,2}"
    r"(?:address(?:es)?|e ?mail(?: address)?|(?:phone|mobile|telephone)(?: number)?|names?|profile|surname"
    r"|(?:personal|user|contact|account|customer|billing|bank|company|delivery|shipping|my|our|some) (?:\S{1,20} )?(?:info\w*|details?|data|accounts?))(?! number of)",
    r"(?:details?|info\w*|data|address) (?:(?:have|has|need|needs|needed|must|should|to|be) ){1,4}(?:changed|updated|corrected|modified|edited|amended)",
    r"EDIT (?:my |our |some |the )?(?:\S{1,20} )?details",
    r"EDIT (?:the |my |our |user |online )*(?:account|profile)(?: information| info| details| data)?$",
    r"EDIT _ (?:info\w*|details?|data) _ (?:account|profile|file|user)", r"(?:information|info|details|data) (?:~ )?(?:account|profile) (?:~ )?(?:chang|wrong|incorrect|out of date|update)\w*",
    r"(?:address|name|e ?mail(?: address)?|phone number|details|status|location) (?:(?:has|have|had|is|was|have been|recently|just) ){0,3}(?:chang|cang)\w*",
    r"(?:address|details|name|e ?mail address|location|account) (?:change|update|modification|correction)",
    r"chang\w* of (?:address|name|location|details|e ?mail|bank\w*|contact)",
    r"(?:new|old|wrong|different|incorrect) (?:postal |billing |company |e ?mail |delivery |shipping |home )?(?:address|name|bank details|bank account|iban|e ?mail|phone number|contact person)",
    r"(?:i|we) (?:(?:have|just|recently|are|am|will be) ){0,2}(?:moved|moving|relocat\w+)(?: house| home| office| offices| to)?(?=$| )",
    r"(?:got|get|getting|just|after) (?:married|marriage|divorced)", r"(?:take|use|change to) (?:~ )?(?:married|maiden) name",
    r"(?:send|address|write|direct|forward) (?:~ )?(?:future |all |any |further |these |your )*(?:ITEM|e ?mails?|mails?|them|it|correspondence) to \S+ (?:instead|from now|in future)",
    r"(?:write|talk|speak|send|address|contact) (?:it |them |this |future \S+ )?(?:to )?\S+ instead", r"(?:has|have) left .{1,40} (?:write to|contact|send|speak to|replaced|instead|new)", r"(?:please )?use (?:the|this|my|our) (?:new|following) (?:address|e ?mail)",
    r"neue (?:adresse|anschrift|bankverbindung|e ?mail)|nouvelle adresse|nueva dirección|nuovo indirizzo|nieuw adres|novo endereço|umgezogen|verhuisd",
)  # fmt: skip

WRONG_PERSON = Patterns(
    r"(?:wrong|not the right|not the correct) (?:person|recipient|contact|addressee)", r"(?:not (?:meant|intended) for|nothing to do with) (?:me|us)",
    r"no longer (?:work|works|working|employed|with|at|in charge|responsible)\b", r"not (?:work|working) (?:here|there|for (?:them|you|this company|that company))", r"(?:has|have) left (?:~ )?(?:company|firm|us|business|organisation|organization)",
    r"(?:do not|did not) know (?:you|who you are|this company|your company)", r"not (?:our|my|for our|for my) ITEM", r"(?:sent|got|received) (?:~ )?by mistake",
    r"falscher empfänger|nicht mehr (?:bei uns|im unternehmen)|ne travaille plus|ya no trabaja|non lavora più|werkt niet meer|não trabalha mais",
)  # fmt: skip

STOP_REMINDERS = Patterns(
    r"stop _ (?:send|sending|email|emailing|mailing|remind|reminding|reminders?|contacting|writing|messages?|e ?mails?)",
    r"(?:no more|do not (?:send|want)) ~ (?:reminders?|e ?mails?|messages?|mails?)", r"unsubscribe", r"remove (?:me|us) from", r"(?:keine|stop) (?:weiteren )?(?:mahnungen|erinnerungen)",
)  # fmt: skip

PAID = Patterns(
    r"(?:i|we|already|was|been|have|has|is|accounts) (?:~ )?(?:paid|settled|transferred|wired)(?! off)", r"^paid",
    r"(?:payment|money|transfer|amount) (?:(?:has|was|have|is|been|already|just) ){1,3}(?:made|sent|done|transferred|paid|completed)",
    r"(?:made|sent) (?:the|a|my|our) (?:payment|transfer)", r"(?:bereits|schon|gestern|heute) (?:bezahlt|überwiesen)|déjà payé|ya (?:he |hemos )?(?:pagado|pagué)|già pagat\w|al betaald|já paguei",
)  # fmt: skip

WILL_PAY = Patterns(
    r"(?:will|shall|going to|gonna|plan to|intend to|am|are|be|can) (?:~ )?(?:pay|paying|settle|settling|transfer the)(?=$| )",
    r"(?:payment|transfer) (?:(?:is|has|been|will|be) ){1,3}(?:scheduled|planned|made|sent|on its way)", r"(?:paying|pay) (?:it |this |you )?(?:on|by|next|tomorrow|this|end|in)",
)  # fmt: skip

DISPUTE = Patterns(
    r"(?:dispute|disputing|disagree|overcharged|over charged|object to|not agree)", r"(?:charged|billed|invoiced) (?:~ )?(?:twice|too much|wrong|incorrectly|double)",
    r"(?:amount|price|total|sum|vat|tax|figure|quantity|rate|invoice|bill|number|date|hours) ~ (?:wrong|incorrect|not right|not correct|too high|mistake)",
    r"(?:wrong|incorrect) (?:amount|price|total|vat|tax|quantity|rate|invoice|bill)", r"(?:never|did not|have not) (?:~ )?(?:order|ordered|agree|agreed|receive the goods|authori[sz]e\w*)",
    r"(?:mistake|error) (?:in|on|with) MYITEM", r"(?:will|do|are|is) not (?:going to )?pay(?:ing)?", r"credit note|complaint",
)  # fmt: skip

# Something is said to be stolen or abused, or the trouble is another person's: never automatic.
ALARM = Patterns(
    r"(?:stolen|hacked|mugged|robbed|fraud\w*|phishing|scam\w*|compromised|suspicious|lawyer|solicitor|police|legal action|gdpr|emergency)",
    r"(?:lost|stole) (?:my|our|the) (?:phone|laptop|wallet|bag|computer)", r"(?:he|she|they|colleague|bookkeeper|accountant|wife|husband|boss|customer) (?:~ )?(?:can not|could not)",
    r"(?:card|cards|atm|gift card)",
)  # fmt: skip

# Words that ask for help with what was said before, and so add no request of their own.
HELP = Patterns(
    r"help|assist(?:ance)?|support|what now|now what|what (?:can|should|do|must) (?:i|we)|how (?:do|can|could|should) (?:i|we)|what is (?:going on|wrong|happening)|advise|fix (?:this|it)"
    r"|look into|any ideas?|why|is there (?:a|any) (?:way|problem)|thank|where do (?:i|we)",
)

THANKS = words_of(
    "thanks thank you thx ty cheers many much very so a lot for your the this that it help quick reply got received"
    " great perfect appreciated danke vielen dank schön merci beaucoup gracias muchas grazie mille bedankt je u wel"
    " obrigado obrigada and all ok okay well noted sending again"
)
GRATITUDE = words_of(
    "thanks thank thx ty cheers danke merci gracias grazie bedankt obrigado obrigada"
)
YES = words_of(
    "yes yep yeah yup ya yah ye ok okay k sure absolutely definitely certainly indeed affirmative correct right true"
    " agree agreed accept accepted approve approved confirm confirmed positive exactly alright fine perfect accurate"
    " ahead proceed course truth brilliant aye precisely totally surely"
    " ja oui sí si sim va bene gerne einverstanden akzeptiert angenommen accepté aceptado accettato akkoord aceite"
)
NO = words_of(
    "no nope nah naw na negative never false wrong incorrect untrue inaccurate erroneous decline declined"
    " declining reject rejected refuse refused not disagree nein non nee não"
)
# A plain refusal; the other words of NO may as well mean that a figure is wrong.
REFUSAL = words_of("no nope decline declined reject rejected refuse refused nein non nee não")
UNTRUE = words_of("false wrong incorrect untrue")
FILLER = words_of(
    "i we you it that this these those is was are be been am would will must can do does did the a an my our your its"
    " to of for in on with and so very much really actually completely totally just all what want wanted say said"
    " saying think thinking believe know answer statement question response information case happens seems seem"
    " sounds sound looks look as about please thanks thank now oh well at way hey love"
    " unfortunately prefer afraid sorry fully most happy go pleased like good great estimate"
    " quote quotation offer proposal price order work start begin us me need there fact guess hereby formally tell"
    " telling overall bit little quite pretty too also got one"
)
