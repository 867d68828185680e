"""How people and their mail programs say that they are away. Data, no logic.

English, German, French, Spanish, Italian, Dutch and Portuguese in full; Swedish, Danish, Norwegian,
Finnish, Polish, Czech, Russian, Japanese and Chinese for subjects, dates and the commonest words.
"""

from __future__ import annotations

# An automatic answer, by how its subject begins ...
AUTOREPLY_SUBJECT = (
    r"auto(?:matic|mated|mail)?[ -]?(?:reply|response|respons|answer|responder)\b", r"out[ -]?of[ -](?:the[ -])?office", r"ooo\b",
    r"away from (?:my|the) (?:office|desk|mail)", r"vacation (?:reply|response|message|notice)", r"on annual leave",
    r"automatische (?:antwort|beantwortung|reaktion)", r"auto-?antwort", r"abwesenheits?(?:notiz|meldung|nachricht|assistent)", r"(?:ich bin )?(?:derzeit |momentan |zurzeit )?nicht im (?:b(?:ü|ue)ro|haus)", r"urlaubs(?:meldung|notiz|nachricht)",
    r"r(?:é|e)ponse (?:automatique|auto)\b", r"absen(?:ce|te?) du bureau", r"(?:message|notification) d['’]absence",
    r"respuesta autom(?:á|a)tica", r"fuera de (?:la )?oficina", r"ausen(?:cia|te) de la oficina", r"mensaje autom(?:á|a)tico",
    r"risposta automatica", r"fuori (?:sede|ufficio)", r"assen(?:za|te) dall?['’]? ?ufficio", r"messaggio automatico",
    r"automatisch(?:e)? (?:antwoord|beantwoording|bericht)", r"afwezigheids?(?:bericht|assistent|melding)", r"niet (?:aanwezig|op kantoor)",
    r"resposta autom(?:á|a)tica", r"fora do escrit(?:ó|o)rio", r"aus(?:ê|e)ncia (?:tempor(?:á|a)ria|do escrit(?:ó|o)rio)", r"mensagem autom(?:á|a)tica",
    r"autosvar\b", r"automat(?:isk|iskt) svar", r"frånvaro(?:meddelande|svar)?\b", r"fravær(?:smelding|sbesked)?\b", r"ikke på kontoret", r"inte på kontoret",
    r"automaattinen vastaus", r"poissa (?:toimistosta|töistä)", r"poissaoloviesti",
    r"auto-?odpowied(?:ź|z)", r"odpowied(?:ź|z) automatyczna", r"automatyczna odpowied(?:ź|z)", r"poza biurem",
    r"automatick(?:á|a) odpov", r"mimo kancelá", r"автоответ", r"автоматический ответ", r"вне офиса",
    r"自動返信", r"自動応答", r"自动回复", r"自动答复", r"自動回覆", r"不在",
)  # fmt: skip

# ... or by a word that a person may begin with too: it counts alone or before a colon.
AWAY_SUBJECT = (
    r"(?:i am )?(?:currently )?(?:on|away on) (?:vacation|leave|holiday|maternity leave|parental leave)", r"vacation", r"oof",
    r"abwesen(?:d|heit)", r"(?:ich bin )?im urlaub", r"au(?:ß|ss)er haus", r"absen(?:ce|te?)(?: temporaire| prolongée)?", r"en cong(?:é|e)s?",
    r"ausen(?:cia|te)(?: temporal)?", r"de vacaciones", r"assen(?:za|te)(?: temporanea)?", r"in ferie", r"afwezig(?:heid)?", r"(?:met|op) vakantie",
    r"aus(?:ê|e)n(?:cia|te)", r"de f(?:é|e)rias", r"på semester", r"på ferie", r"lomalla", r"poissaolo", r"nieobecno(?:ść|sc)", r"nep(?:ř|r)(?:í|i)tomnost", r"нет на месте",
)  # fmt: skip

# "Jane Doe is out of the office", and no more than that.
ABSENT_SUBJECT = (
    r"is (?:currently )?(?:out of (?:the )?office|on (?:vacation|leave|holiday|annual leave)|away from the office)",
    r"ist (?:derzeit |momentan |zurzeit )?(?:nicht im b(?:ü|ue)ro|abwesend|im urlaub|au(?:ß|ss)er haus)",
    r"est (?:actuellement )?(?:absente?|en cong(?:é|e)s?)", r"est(?:á|a) (?:actualmente )?(?:fuera de la oficina|de vacaciones|ausente)",
    r"(?:è|e'|é) (?:attualmente )?(?:fuori ufficio|assente|in ferie)", r"is (?:momenteel )?(?:afwezig|met vakantie|niet aanwezig)", r"est(?:á|a) (?:atualmente )?(?:fora do escrit(?:ó|o)rio|de f(?:é|e)rias)",
)  # fmt: skip

# The number of each month, by the words that stand for it beside a day.
MONTHS = {
    1: "january jan januar jänner jaenner januari janvier janv enero ene gennaio gen janeiro january tammikuu tammikuuta tammi stycznia styczeń leden ledna янв января январь",
    2: "february feb februar februari février fevrier févr fevr febrero febbraio febr fevereiro fev helmikuu helmikuuta helmi lutego luty únor února фев февраля февраль",
    3: "march mar märz maerz mrz maart mrt mars marzo março marco maaliskuu maaliskuuta maalis marca marzec březen března мар марта март",
    4: "april apr avril avr abril abr aprile aprill huhtikuu huhtikuuta huhti kwietnia kwiecień duben dubna апр апреля апрель",
    5: "may mai mei mayo maggio mag maio maj toukokuu toukokuuta touko maja květen května мая май",
    6: "june jun juni juin junio giugno giu junho kesäkuu kesäkuuta kesä czerwca czerwiec červen června июн июня июнь",
    7: "july jul juli juillet juil julio luglio lug julho heinäkuu heinäkuuta heinä lipca lipiec červenec července июл июля июль",
    8: "august aug augustus augusti août aout agosto ago elokuu elokuuta elo sierpnia sierpień srpen srpna авг августа август",
    9: "september sept sep septembre septiembre setiembre settembre sett set setembro syyskuu syyskuuta syys września wrzesień září сен сент сентября сентябрь",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out lokakuu lokakuuta loka października październik říjen října окт октября октябрь",
    11: "november nov novembre noviembre novembro marraskuu marraskuuta marras listopada listopad listopadu ноя ноября ноябрь",
    12: "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro joulukuu joulukuuta joulu grudnia grudzień prosinec prosince дек декабря декабрь",
}

# Days of the week from Monday (0), as they are written before a date or alone.
WEEKDAYS = {
    0: "monday mon montag lundi lunes lunedì lunedi maandag segunda-feira segunda måndag mandag maanantai maanantaina maanantaihin poniedziałek poniedziałku pondělí понедельник понедельника 月曜日 星期一",
    1: "tuesday tue tues dienstag mardi martes martedì martedi dinsdag terça-feira terça tisdag tirsdag tiistai tiistaina wtorek wtorku úterý вторник вторника 火曜日 星期二",
    2: "wednesday wed mittwoch mercredi miércoles miercoles mercoledì mercoledi woensdag quarta-feira quarta onsdag keskiviikko keskiviikkona środa środę středa středu среда среды среду 水曜日 星期三",
    3: "thursday thu thur thurs donnerstag jeudi jueves giovedì giovedi donderdag quinta-feira quinta torsdag torstai torstaina czwartek czwartku čtvrtek четверг четверга 木曜日 星期四",
    4: "friday fri freitag vendredi viernes venerdì venerdi vrijdag sexta-feira sexta fredag perjantai perjantaina piątek piątku pátek пятница пятницы пятницу 金曜日 星期五",
    5: "saturday sat samstag sonnabend samedi sábado sabado sabato zaterdag lördag lørdag lauantai lauantaina sobota sobotę sobotu суббота субботы субботу 土曜日 星期六",
    6: "sunday sun sonntag dimanche domingo domenica zondag söndag søndag sunnuntai sunnuntaina niedziela niedzielę neděle neděli воскресенье воскресенья 日曜日 星期日",
}

# Words that may be taken for a day of the week, so they count only beside a date.
SHORT_WEEKDAYS = frozenset({"mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "segunda", "terça", "quarta", "quinta", "sexta"})  # fmt: skip

TOMORROW = ("tomorrow", "morgen", "demain", "mañana", "domani", "amanhã", "imorgon", "i morgen", "huomenna", "jutro", "zítra", "завтра", "明日", "明天")  # fmt: skip

# What stands before the day of return ...
RETURN = (
    r"(?:back|return(?:ing|s|ed)?|available again|reachable again|in (?:the |my )?office again|resume|re-?open(?:s|ing)?)\b(?: \w{1,12}){0,5}",
    r"(?:wieder|zur(?:ü|ue)ck|r(?:ü|ue)ckkehr|erreichbar)\b(?: \w{1,12}){0,4}", r"ab (?:dem |montag|dienstag|mittwoch|donnerstag|freitag)",
    r"(?:de retour|retour|reviens|reviendrai|rentrerai|serai (?:à nouveau|de nouveau)|reprendrai|à partir)\b(?: \w{1,12}){0,5}",
    r"(?:regres\w{1,5}|volver(?:é|e)|vuelta|vuelvo|reincorpor\w{1,5}|a partir)\b(?: \w{1,12}){0,5}",
    r"(?:torn(?:o|er(?:ò|o)|erà)|rientr(?:o|er(?:ò|o))|ritorn(?:o|er(?:ò|o))|sar(?:ò|o) di nuovo|nuovamente|a partire)\b(?: \w{1,12}){0,5}",
    r"(?:terug|weer (?:aanwezig|bereikbaar|op kantoor)|vanaf)\b(?: \w{1,12}){0,4}",
    r"(?:voltarei|volto|regresso|retorn(?:o|arei)|de volta|estarei de volta)\b(?: \w{1,12}){0,5}",
    r"(?:tillbaka|tilbake|tilbage|åter|igen)\b(?: \w{1,12}){0,4}", r"(?:palaan|takaisin|paikalla|tavoitettavissa)\b(?: \w{1,12}){0,3}",
    r"(?:wracam|wróc\w{1,4}|powr(?:ot|ót|ocie)|zpět|vr(?:á|a)t\w{1,4}|вернусь|вернётся|буду на месте)\b(?: \w{1,12}){0,4}",
)  # fmt: skip

# ... or after it, in languages that put the verb last.
RETURN_AFTER = (
    r"(?:,? \w{1,12}){0,3},? (?:wieder|zur(?:ü|ue)ck)\b", r"(?:,? \w{1,12}){0,3},? (?:terug|weer (?:aanwezig|bereikbaar|op kantoor))\b",
    r"(?: \w{1,12}){0,3} (?:tillbaka|tilbake|tilbage)\b", r"(?:から|より)(?:出社|勤務|復帰|業務)", r"に(?:戻|復帰|出社)", r"(?:回|返回|恢复)",
)  # fmt: skip

UNTIL = (
    r"(?:un)?till?\b", r"through\b", r"up to\b", r"bis(?: (?:zum|einschlie(?:ß|ss)lich|inklusive|inkl\.?|einschl\.?|voraussichtlich|einschlie(?:ß|ss)lich zum))*",
    r"jusqu['’]?(?:au?|à|en)?(?: (?:le|au|inclus))*", r"hasta(?: (?:el|inclusive|el día))*", r"fino (?:al?|all['’]|a tutto)(?: \w{1,8})?", r"sino al",
    r"tot(?: en met| aan| \w{1,3})?", r"t/m", r"até(?: (?:ao?|o|dia|ao dia|o dia))*", r"till och med", r"t\.?o\.?m\.?", r"til(?: og med)?", r"до", r"do(?: dnia)?", r"asti",
)  # fmt: skip

# A day that follows only one of these, after another day, ends what that one begins.
TO = r"(?:-|–|—|to|through|thru|until|till|and|bis(?: zum)?|au|al|a|à|tot(?: en met)?|t/m|até|y el|e il|et le|und|en|til|till|do|по)"

UNTIL_AFTER = (r"(?:まで|前|为止)", r" asti\b")  # fmt: skip

# Who is away, in so many words: without one of these, a date is only a date.
AWAY = (
    r"out of (?:the )?office", r"\baway\b", r"on (?:annual |sick |parental |maternity |paternity )?(?:leave|vacation|holiday)", r"\bholidays?\b", r"not (?:in|at) (?:the|my) (?:office|desk)", r"\breturn(?:ing)?\b", r"\bback (?:in|at|on)\b", r"\bclosed\b", r"travell?ing", r"limited access", r"unavailable", r"no access to (?:my )?e-?mail",
    r"abwesen", r"urlaub", r"nicht (?:im|am) (?:b(?:ü|ue)ro|haus|arbeitsplatz)", r"nicht erreichbar", r"au(?:ß|ss)er haus", r"elternzeit", r"mutterschutz", r"geschlossen", r"\bwieder (?:da|im|erreichbar|zur)",
    r"\babsen(?:ce|te?)\b", r"cong(?:é|e)s?\b", r"vacances", r"de retour", r"ferm(?:é|e)", r"injoignable",
    r"fuera de (?:la )?oficina", r"vacaciones", r"ausente", r"ausencia", r"cerrad", r"de baja", r"regres", r"fuori (?:ufficio|sede)", r"\bferie\b", r"assen(?:te|za)", r"chius[oi]", r"rientr", r"maternità",
    r"afwezig", r"vakantie", r"niet (?:op kantoor|aanwezig|bereikbaar)", r"verlof", r"gesloten", r"fora do escrit", r"f(?:é|e)rias", r"ausente", r"aus(?:ê|e)ncia", r"licença",
    r"semester", r"frånvar", r"fravær", r"ferie", r"ikke på kontoret", r"poissa", r"lomalla", r"urlop", r"nieobecn", r"poza biurem", r"dovolen", r"nep(?:ř|r)(?:í|i)tom", r"отпуск", r"отсутств", r"вне офиса", r"不在", r"休暇", r"休み", r"休假", r"外出", r"出差", r"不在办公室",
)  # fmt: skip

# The person, or the mailbox, is gone for good.
LEFT = (
    r"no longer (?:with|work(?:s|ing)?|employed|part of|at the company|in use|monitored|active|valid)", r"(?:has|have) left (?:the |our )?(?:company|organi[sz]ation|firm|business)", r"(?:has|have) retired", r"retired from", r"not employed (?:here|at|by) any ?more",
    r"nicht mehr (?:bei|in|im|für|f(?:ü|ue)r)[^.;!\n]{0,60}(?:t(?:ä|ae)tig|besch(?:ä|ae)ftigt|angestellt)", r"nicht mehr (?:im unternehmen|in unserem (?:unternehmen|haus))", r"(?:unternehmen|firma) verlassen", r"in (?:den )?ruhestand", r"(?:adresse|postfach)[^.;!\n]{0,40}nicht mehr (?:aktiv|g(?:ü|ue)ltig|verwendet|genutzt|gelesen)",
    r"ne (?:fait|travaille|fais) plus (?:partie|chez|au sein|pour|dans)", r"a quitté (?:la |l['’]|notre )?(?:société|entreprise|ses fonctions)", r"(?:adresse|boîte)[^.;!\n]{0,40}n['’]est plus (?:active|utilisée|valide|consultée)",
    r"ya no (?:trabaja|forma parte|está en|pertenece)", r"ha dejado (?:la |de trabajar)", r"ya no está (?:activ|en uso)", r"non (?:lavora|fa) più", r"ha lasciato (?:la |l['’])(?:società|azienda)", r"non è più (?:attiv|in uso|dipendente)",
    r"(?:werkt|werkzaam|in dienst)[^.;!\n]{0,30}niet (?:meer|langer)", r"niet (?:meer|langer)[^.;!\n]{0,30}(?:werkzaam|in dienst|in gebruik|actief)", r"heeft (?:ons|het|de) (?:bedrijf|organisatie)[^.;!\n]{0,20}verlaten", r"(?:já )?não (?:trabalha|faz) mais", r"já não (?:trabalha|faz parte|colabora)", r"deixou a empresa", r"não está mais (?:ativo|em uso|na empresa)",
    r"arbetar inte längre", r"slutat på", r"arbejder ikke længere", r"jobber ikke lenger", r"ei (?:ole enää|työskentele enää)", r"nie pracuje już", r"już nie pracuje", r"již nepracuje", r"больше не работает", r"退職", r"离职",
)  # fmt: skip

# Between two days of which either may be meant.
OR = r"(?:or|oder|ou|o|of|eller|tai|lub|nebo|или|/)"

# To whom one may turn meanwhile.
CONTACT = (
    r"contact", r"\bcall\b", r"get in touch", r"reach (?:out )?(?:to )?", r"(?:write|e-?mail|mail|turn|send|forward|refer|speak|address|direct|resend)\b", r"\b(?:urgent|emergenc|matters|meantime|assistance|questions?|queries|instead|colleague|replacement|deputy)",
    r"wenden", r"kontakt", r"vertret", r"erreichen sie", r"dringend", r"schreiben sie", r"ansprechpartner", r"kollegen?(?:in)?\b", r"an(?:s)?prech", r"nachfolge",
    r"adress(?:er|ez)", r"(?:é|e)cri(?:re|vez)", r"urgence", r"urgent", r"joindre", r"coll(?:è|e)gue", r"rempla(?:ç|c)", r"merci de",
    r"dir(?:í|i)jase", r"dirigirse", r"escrib", r"urgencia", r"urgente", r"póngase", r"compañer", r"comunicarse", r"contatt", r"rivolg", r"scriv", r"urgenz", r"colleg",
    r"neem", r"\bcontact", r"mailen?", r"spoed", r"dringende", r"wend(?:en|t)? (?:u|tot)", r"collega", r"vervang", r"contat", r"contact(?:e|ar|o)", r"escrev", r"urgent", r"urgên", r"dirij", r"colega",
    r"kontakta", r"vänd", r"hör av", r"henvend", r"yhtey", r"ota yht", r"kontakt", r"pilny", r"skontakt", r"proszę", r"obra(?:ť|t)te", r"naléhav", r"обра(?:щ|т)", r"срочн", r"свяжитесь", r"連絡", r"联系", r"聯絡",
)  # fmt: skip

# Inside a name ...
PARTICLES = r"(?:de|der|den|van|von|vom|zu|la|le|di|da|dos|das|del|du|y|e|ter|ten|bin|al)"
# ... before it ...
TITLES = r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|M|Mme|Mlle|Monsieur|Madame|Sr|Sra|Señora?|Don|Doña|Sig|Sig\.ra|Signora?|Dott|Dott\.ssa|Dhr|Mevr|Mw|Meneer|Mevrouw|Senhora?|Pan|Paní|Pani)\.?"
# ... and between it and the address.
AT = r"(?:at|on|via|by|under|unter|per|mail|e-?mail|à|a|al|l['’]adresse|adresse|sur|en|op|bij|por|pelo|na|all['’]indirizzo|indirizzo|através|do|de|tel|or|oder|ou|o|mobile|her|his|with|på|via|pod|w|po|numer|adresu|numerze|по|адресу)"

# Capitalised words that begin a sentence or an address and are no name.
NOT_NAMES = (
    "please contact if for in the i you my our kindly any all should this these e-mail email mail re urgent support sales info office team best kind regards thank thanks with during until while us me"
    " bitte bei in für fuer ich sie ihre meine unsere kontaktieren wenden dringenden dringende fällen faellen vielen mit freundlichen"
    " merci pour en je vous veuillez cas urgence durant pendant contacter bonjour por para si favor contacte póngase durante gracias saludos"
    " per si prega contattare grazie cordiali voor bij neem met u graag dank groet groeten em caso se contate obrigado"
    " kontakta kontakt kontaktujte vänd hör vid ved skontaktuj proszę ota lisätietoja обратитесь пишите свяжитесь obraťte"
)
