"""Words that make up a whole answer, and words that a slip must not hide. Data, no logic."""

from __future__ import annotations

THANKS = (
    "thanks thank you thx ty cheers many much very so a lot for your the this that it help "
    "quick reply got received great perfect appreciated danke vielen dank schon merci "
    "beaucoup gracias muchas grazie mille bedankt je u wel obrigado obrigada and all ok okay "
    "well noted sending again"
)
GRATITUDE = "thanks thank thx ty cheers danke merci gracias grazie bedankt obrigado obrigada"
YES = (
    "yes yep yeah yup ya yah ye ok okay k sure absolutely definitely certainly indeed "
    "affirmative correct right true agree agreed accept accepted approve approved confirm "
    "confirmed positive exactly alright fine perfect accurate ahead proceed course truth "
    "brilliant aye precisely totally surely deal gladly naturally ja oui si sim va bene gerne "
    "einverstanden akzeptiert angenommen accepte aceptado accettato akkoord aceite"
)
NO = (
    "no nope nah naw na negative never false wrong incorrect untrue inaccurate erroneous "
    "decline declined declining reject rejected refuse refused not disagree nein non nee nao"
)
# A plain refusal; the other words of NO may as well mean that a figure is wrong.
REFUSAL = "no nope decline declined reject rejected refuse refused nein non nee nao"
UNTRUE = "false wrong incorrect untrue"
FILLER = (
    "i we you it that this these those is was are be been am would will must can do does did "
    "the a an my our your its to of for in on with and so very much really actually "
    "completely totally just all what want wanted say said saying think thinking believe know "
    "answer statement question response information case happens seems seem sounds sound "
    "looks look as about please thanks thank now oh well at way hey love by means side from "
    "unfortunately prefer afraid sorry fully most happy go pleased like good great estimate "
    "quote quotation offer proposal price order work start begin us me need there fact guess "
    "hereby formally tell telling overall bit little quite pretty too also got one"
)
# Words of a request that a slip of the finger must not hide.
KEYWORDS = (
    "password passwords passcode passcodes credentials invoice invoices account accounts "
    "address addresses information personal details recover retrieve restore forgot forgotten "
    "remember profile shipping delivery billing resend change changing changed update "
    "updating modify correct estimate estimates quotation statement statements expired locked "
    "access attachment document documents receipt receipts received receive reminder "
    "reminders payment transfer contact married surname download another again please cannot "
    "login logging signing reset resetting unable portal website accept accepted decline "
    "declined agree agreed approve approved absolutely definitely certainly incorrect wrong"
)
# What begins a question that wants to know, and not to have.
INQUIRY = "is are was were does do did am has have who whose whom when"
# Words of their own that are one slip away from a keyword.
NEIGHBOURS = (
    "accent accented billion carried certainty chained chaining chance charged charging contract "
    "detains enable entails filling greedy greyed hanging hogging jogging killing lacked locker "
    "lodging logic looked mocked mortal pavement portable postal precepts preset profiler "
    "receiver relieved remainder remainders remover reseed reused shopping singing skipping "
    "slipping usable willing"
)
# With thanks beside it no more than "received": a yes needs more.
WEAK_YES = "ok okay k fine alright great perfect exactly"
# Beside a "not" these refuse, and find no figure wrong.
CONSENT = "accept agree approve proceed ahead go want start order"
