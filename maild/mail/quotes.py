"""How mail programs mark what is not new: patterns for single lines, clipped before matching.

English, German, French, Spanish, Italian, Dutch and Portuguese throughout; the commonest forms of
the Scandinavian languages, Finnish, Polish, Czech, Russian, Ukrainian, Japanese and Chinese.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# "> ", "AB> ": the mark of a quoted line.
QUOTED = re.compile(r"[ \t]{0,3}(?:[A-Z][A-Za-z]{0,2})?>")

# "On <date>, <name> wrote:" and its sisters, tried on one to six lines joined.
ATTRIBUTION_START = re.compile(
    r"[\W_]{0,3}(?:on|at|am|den|le|el|il(?: giorno)?|op|em|a|dnia|w dniu|dne|pe|ma|ti|ke|to|la|su"
    r"|på|fre|tors|ons|tis|mån|lör|sön|в|от|на|vào)\b.{0,40}?\d|[\W_]{0,3}\d{1,4}\D",
    re.I,
)
WROTE = re.compile(
    r"(?:\b(?:wrote|writes|said|schrieb|geschrieben|écrit|ecrit|escribió|escribio|scritto|scrive"
    r"|schreef|geschreven|escreveu|skrev|følgende|kirjoitti|napisał|napisał\(a\)|napisała|napsal"
    r"|написал|написала|написав|пише|писал|пишет|viết)\b|写道|寫道|撰写|のメール|さんは書きました)",
    re.I,
)
ATTRIBUTION_END = re.compile(r"[:：]\s{0,3}[*_]{0,2}$")
ADDRESS_END = re.compile(r"@[\w.-]{1,200}[>)\]]{1,4}\s{0,3}[:：]$")
DATE = re.compile(r"\d{1,2}[:.h]\d\d|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")

# A block of these is the head of the message being answered.
HEADER_LINE = re.compile(
    r"[ \t]{0,4}[*_>]{0,3}[ \t]?(?:"
    r"(?P<sender>from|von|de|da|van|od|från|fra|lähettäjä|от|від|差出人|发件人|寄件者|送信者)"
    r"|(?P<other>sent|date|to|cc|bcc|reply-to|gesendet|datum|an|kopie|envoyé|date|à|a|objet|copie"
    r"|enviado(?: el)?|fecha|para|asunto|inviato|data|per|verzonden|aan|enviada(?: em)?|assunto"
    r"|wysłano|do|skickat|till|sendt|til|dato|lähetetty|vastaanottaja|kenelle|отправлено|дата|кому"
    r"|送信日時|宛先|发送时间|收件人|日期|日時|oggetto|onderwerp|betreff|emne|ämne|aihe|temat|тема"
    r"|件名|主题|subject|importance|attachments|priority|organization|received)"
    r")[ \t]?[*_]{0,2}[ \t]?[:：][*_]{0,2}(?:[ \t]|$)",
    re.I,
)

DIVIDER = re.compile(
    r"[\W_]{0,4}-{2,40}[ \t*_]{0,4}(?:original|ursprüngliche|message d|message transf|messaggio"
    r"|mensaje|mensagem|oorspronkelijk|doorgestuurd|forwarded|weitergeleitet|reenviad|inoltrat"
    r"|wiadomość|oprindelig|opprinnelig|ursprungligt|alkuperäinen|původní|исходное|пересылаемое"
    r"|original[- ]nachricht|reply (?:message|above)|原始|转发|元のメッセージ)[^\n]{0,60}$"
    r"|[\W_]{0,3}begin forwarded message|[\W_]{0,3}anfang der weitergeleiteten"
    r"|[\W_]{0,3}début du message (?:réexpédié|transféré)|[\W_]{0,3}inizio messaggio inoltrato"
    r"|[-#=_ ]{2,20}(?:please )?(?:type your )?reply above this line",
    re.I,
)
# A drawn line: above a header block part of it, and where it is of underscores maybe a footer's.
RULE = re.compile(r"[ \t]{0,3}(?:_{5,200}|-{5,200}|={5,200})[ \t]{0,3}$")

SIGNATURE = re.compile(r"[ \t]{0,3}(?:-{2,3}|—|–|_{2,3}|\*{2,3})[ \t]{0,3}$|--[ ]?[^\s-]\S{0,29}$")
CLOSING = re.compile(
    r"[ \t]{0,3}(?:(?:(?:many )?thanks (?:and|&) )?(?:with )?(?:kind(?:est)?|best|warm(?:est)?|many)? ?(?:regards|wishes)|best|cheers"
    r"|sincerely(?: yours)?|yours (?:sincerely|truly|faithfully)|respectfully|cordially"
    r"|(?:mit )?(?:freundliche[nm]?|besten?|herzliche[nm]?|viele[nm]?|liebe[nm]?|schöne[nm]?)"
    r" (?:gr(?:ü|ue)(?:ß|ss)en?|gru(?:ß|ss))|mfg|vg|lg|gruß"
    r"|(?:bien )?cordialement|(?:bien )?à vous|meilleures salutations|salutations(?: distinguées)?"
    r"|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|cordiali saluti|distinti saluti|saluti"
    r"|met vriendelijke groet(?:en)?|(?:vriendelijke )?groet(?:en|jes)?|mvg"
    r"|atenciosamente|cumprimentos|abraços?|(?:med )?(?:vennlig|venlig|vänliga?) (?:hilsen|hälsning(?:ar)?)"
    r"|mvh|att\.?|pozdrawiam|с уважением)[ \t]{0,3}[,.!]{0,2}[ \t]{0,3}"
    r"(?:(?<=[,.! ])(?-i:[A-Z][\w.'-]{0,20}(?: [A-Z][\w.'-]{0,20}){0,2})[ \t]{0,3})?$",
    re.I,
)
# A closing word that may also stand in the middle of a mail: an end only above a name.
THANKS = re.compile(
    r"[ \t]{0,3}(?:(?:many )?thanks|thank you|thx|ta|take care|danke|vielen dank|merci|gracias|grazie"
    r"|bedankt|obrigad[oa])(?: (?:again|in advance|so much|very much|a lot))?[ \t]{0,3}[,.!]{0,3}"
    r"(?:[ \t]{1,3}(?P<name>(?-i:[A-Z][\w.'-]{0,20}(?: [A-Z][\w.'-]{0,20}){0,2})))?[ \t]{0,3}$",
    re.I,
)
# "Jane", "Jane A. Smith": one to four capitalised words and nothing else.
NAME = re.compile(r"[ \t]{0,3}[A-Z][\w.'’-]{0,20}(?: [A-Z][\w.'’-]{0,20}){0,3}[ \t]{0,3}$")
# What people put under their name: a title, a company, a number, an address.
UNDER_NAME = re.compile(
    r"[^.!?:;]{2,60}$|[^\s@]{1,60}@[^\s@]{1,60}$|[\w .:()/+-]{5,40}$|\S{0,30}www\.\S{1,60}$"
    r"|(?:t|m|f|e|w|tel|mob|mobile|cell|phone|fax|e-?mail|web)\b[ .:]{1,3}[^!?]{3,80}$",
    re.I,
)
NOT_NAMES = _words(
    "yes no ok okay approved accepted agreed declined rejected confirmed paid done stop resend"
    " unsubscribe thanks thank invoice invoices estimate quote hello hi please sure fine correct"
    " wrong never yep nope help cancel attached attachment attachments document documents copy copies"
    " certificate certification form report statement receipt order payment account password login"
    " link file files data list option urgent asap today tomorrow yesterday monday tuesday wednesday"
    " thursday friday saturday sunday january february march april may june july august september"
    " october november december cash card bank cheque transfer yours see call send ja nein danke oui"
    " non merci si gracias grazie nee bedankt sim obrigado rechnung facture factura fattura factuur"
    " fatura lundi montag lunes stornieren bezahlt erledigt"
)
# Words that wait for another: a name below them is part of what is said.
OPEN_ENDS = _words(
    "to is are with at for by and or contact new our my your name person successor use the called"
    " replaced from an bei ist heißt mit und für de à est avec et pour a es con y para di è e per"
    " aan van met en o do da com"
)
MOBILE = re.compile(
    r"[\W_]{0,4}(?:sent (?:from|via|with|by|using) \w|get (?:outlook|bluemail|typeapp) for|(?:hol(?:en sie)? (?:dir|sich)|obtenir|obtén) outlook"
    r"|von meine[mr] .{1,40}gesendet|gesendet (?:von|mit|aus|via) |diese nachricht wurde von mei"
    r"|envoyé (?:de|depuis|à partir|avec) |télécharge[rz] outlook|enviado (?:desde|do|de|a partir|con|pelo|mediante) "
    r"|obten(?:er|ha|ga) outlook|inviato (?:da|con|dal) |scarica outlook|ottieni outlook"
    r"|verzonden (?:vanaf|vanuit|met|via) |verstuurd vanaf |download outlook|outlook (?:für|voor|pour|para|per) "
    r"|(?:sendt|skickat|lähetetty|wysłan[eo]|odesláno|отправлено|надіслано) (?:fra|från|min|z|ze|с|з|iphone|laite)"
    r"|(?:iphone|ipad|android)\s?から送信|发自我的|從我的 .{1,30}傳送|sent from$)",
    re.I,
)
DISCLAIMER = re.compile(
    r"[\W_]{0,6}(?:important(?: notice)?|notice|(?:please )?note)?[:\s-]{0,4}(?:(?:legal |email )?(?:disclaimer|confidential(?:ity)?(?: notice| note)?)\s?[:.\-*]"
    r"|(?:this|the information (?:in|contained in) this) (?:e-?mail|message|communication|transmission)"
    r"(?: message| transmission)?(?:,| \(| and | may | is | contain|.{0,60}(?:confidential|privileged|intended))"
    r".{0,120}(?:confidential|privileged|intended (?:only|solely|for|recipient)|proprietary)"
    r"|diese (?:e-?mail|nachricht) (?:und|enthält|ist|kann).{0,120}vertraulich"
    r"|ce (?:message|courriel|mail)[ ,(].{0,120}confidentiel"
    r"|(?:este|la información) .{0,120}confidencial|(?:questo|il presente) messaggio.{0,120}(?:riservat|confidenzial)"
    r"|(?:dit|deze) (?:e-?mail)?bericht .{0,120}vertrouwelijk|esta mensagem.{0,120}confidencia"
    r"|the (?:sender|company) accepts no liability|(?:please )?consider the environment|think before you print"
    r"|[^.]{2,60} is (?:a company )?registered in [^.]{2,40} (?:no\b|number|under)|registered office:|virus-free\."
    r"|this (?:e-?mail|message) (?:has been|was) (?:scanned|checked)"
    r"|to (?:respond|unsubscribe|stop receiving).{0,80}(?:reply to|visit|these emails))",
    re.I,
)
