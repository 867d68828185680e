"""How people ask in German, French, Spanish, Italian, Dutch and Portuguese. Data, no logic.

As in `intent_phrases`; clauses have no accents. "Cannot get in" and "send it again" are known
in full, the rest only by its commonest words.
"""

from __future__ import annotations

CANNOT_GET_IN = r"""
(?:kann|konnen|koennen|konnte|konnten|lasst) (?:\S+ ){0,5}nicht (?:\S+ ){0,4}(?:anmelden|einloggen|einwahlen|zugreifen|offnen|oeffnen|aufrufen|ansehen|sehen|rein|hinein|laden|abrufen|einsehen)
(?:nicht|kein) (?:mehr )?(?:\S+ ){0,2}(?:anmelden|einloggen|offnen|aufrufen)
(?:anmeldung|login|einloggen|anmelden|zugang|zugriff|link|button|knopf|seite|portal|kundenportal|webseite) (?:\S+ ){0,4}(?:nicht|gesperrt|abgelaufen|ungultig|fehlgeschlagen|kaputt|tot|leer|fehler|defekt|verweigert)
(?:komme?n?|gelange) (?:\S+ ){0,4}nicht (?:\S+ ){0,3}(?:rein|hinein|ins|in das|in mein|auf)
(?:kein|keinen|verloren|ohne) (?:\S+ )?(?:zugang|zugriff|login)(?= |$)
(?:rechnung|angebot|link|dokument|seite|pdf|datei|anhang) (?:\S+ ){0,4}nicht (?:\S+ )?(?:offnen|oeffnen|aufrufen|ansehen|sehen|laden|laden)
(?:passwort|kennwort|zugangsdaten|pin|zugangscode|login daten|logindaten|anmeldedaten) (?:\S+ ){0,4}(?:vergessen|verloren|falsch|nicht|ungultig|abgelaufen|zurucksetzen|zurueck\w*|akzeptiert|verlegt|weg)
(?:vergessen|verloren|weiss|finde|habe|brauche|benotige|benoetige|neues|neue|kein|welches|zurucksetzen|wie lautet) (?:\S+ ){0,3}(?:passwort|kennwort|zugangsdaten|anmeldedaten|zugangscode)
(?:ausgesperrt|(?:konto|zugang|account) (?:\S+ ){0,3}gesperrt)
(?:neuen|gultigen|anderen|funktionierenden) link
(?:wie|wo) (?:kann|konnen|melde|logge|komme) (?:\S+ ){0,4}(?:anmelden|einloggen|an|ein|rein)$
(?:(?:n|ne) (?:\S+ )?(?:arrive|arrivons|parviens|parvenons|peux|pouvons|peut|puis|reussis|reussissons)|(?:arrive|arrivons|peux|pouvons|peut) (?:\S+ )?(?:pas|plus)|impossible|pas moyen) (?:\S+ ){0,6}(?:connecter|ouvrir|acceder|identifier|consulter|entrer|afficher|visualiser|telecharger)
(?:mot de passe|code d acces|identifiants?|code) (?:\S+ ){0,4}(?:oublie|perdu|incorrects?|errone|refuse|pas|plus|invalide|expire|faux|egare|marche|fonctionne)
(?:oublie|perdu|reinitialiser|reinitialisez|reinitialisation|nouveau|nouvel|pas recu|egare|changer|retrouver|connais|recuperer|quel est) (?:\S+ ){0,4}(?:mot de passe|code d acces|identifiants?)
(?:lien|bouton|page|site|portail|connexion|facture|devis) (?:\S+ ){0,8}(?:expire|pas|plus|mort|invalide|casse|blanche|erreur|vide|echoue)(?! (?:recu|trouve|correct|d accord))
(?:compte|acces) (?:\S+ ){0,3}(?:bloque|verrouille|suspendu|refuse|desactive)
(?:plus|pas) (?:d |l )?acces
(?:nouveau|autre) lien
(?:probleme|soucis?|difficultes?) (?:de|pour|a|avec) (?:\S+ ){0,2}(?:connexion|connecter)
comment (?:\S+ ){0,3}connecter
no (?:puedo|podemos|logro|logramos|consigo|conseguimos|me deja|nos deja|pude|pudimos|se puede|soy capaz de|hay manera de) (?:\S+ ){0,4}(?:entrar|acceder|iniciar sesion|abrir|ingresar|ver|descargar|conectarme|conectarnos|visualizar)
(?:contrasena|clave|codigo de acceso|usuario|pin|credenciales|datos de acceso) (?:\S+ ){0,4}(?:olvidada|incorrect[ao]|no|invalid[ao]|caducad[ao]|perdida|erronea|vencida)
(?:olvide|olvidado|perdi|perdido|restablecer|recuperar|nueva|cambiar|resetear|no recuerdo|no se|no tengo|cual es) (?:\S+ ){0,3}(?:contrasena|clave|codigo de acceso|datos de acceso|credenciales)
(?:enlace|link|pagina|boton|portal|sitio|web) (?:\S+ ){0,5}(?:caducado|expirado|no|roto|caduco|vencido|error|en blanco|muerto)
(?:cuenta|acceso|usuario) (?:\S+ ){0,3}(?:bloquead[ao]|suspendid[ao]|denegado)
(?:nuevo|otro) enlace
(?:problemas?|dificultad\w*) (?:para|con|al) (?:\S+ ){0,2}(?:entrar|acceder|acceso|iniciar|abrir)
como (?:puedo |podemos |se )?(?:entrar|entro|acceder|accedo|iniciar sesion|inicio sesion)
non (?:riesco|riusciamo|posso|possiamo|mi fa|ci fa|mi lascia|sono riuscit\w|si riesce|e possibile) (?:\S+ ){0,4}(?:entrare|accedere|aprire|collegarmi|collegarci|visualizzare|vedere|loggarmi|scaricare|fare il login)
(?:password|codice di accesso|pin|credenziali|parola d ordine) (?:\S+ ){0,4}(?:dimenticat[ao]|errata|sbagliata|non|scaduta|smarrita|persa|non valida|rifiutata)
(?:dimenticato|perso|reimpostare|nuova|smarrito|ricordo|recuperare|resettare|cambiare|qual e) (?:\S+ ){0,3}(?:password|credenziali|codice di accesso)
(?:link|pagina|pulsante|portale|sito|collegamento) (?:\S+ ){0,5}(?:scaduto|non|rotto|errore|bianca|vuota|morto)
(?:account|accesso|profilo) (?:\S+ ){0,3}(?:bloccato|sospeso|negato)
(?:nuovo|altro) link
non si (?:apre|carica|vede)
(?:problemi?|difficolta) (?:di|con|nell?|a|ad) (?:\S+ ){0,2}(?:accesso|accedere|login|aprire|entrare)
come (?:\S+ ){0,2}(?:accedere|accedo|entrare|entro)
(?:kan|kunnen|lukt|krijg|kon|konden) (?:\S+ ){0,5}niet (?:\S+ ){0,4}(?:inloggen|aanmelden|openen|binnen|in|open|bekijken|zien|bereiken)(?= |$)
(?:inloggen|aanmelden|inlog|login) (?:\S+ ){0,3}(?:niet|mislukt|faalt|fout)
(?:wachtwoord|inloggegevens|toegangscode|pincode|code) (?:\S+ ){0,4}(?:vergeten|kwijt|onjuist|fout|niet|verlopen|resetten|ongeldig|verloren)
(?:nieuw|geen|mijn|welk|vergeten|kwijt|herstellen|wat is) (?:\S+ ){0,2}(?:wachtwoord|inloggegevens|toegangscode)
(?:link|pagina|knop|site|website|portaal) (?:\S+ ){0,5}(?:verlopen|niet|kapot|fout|leeg|dood)(?! (?:ontvangen|gekregen))
(?:account|toegang) (?:\S+ ){0,3}(?:geblokkeerd|vergrendeld|geweigerd)
(?:geen|verloren) toegang
(?:nieuwe|andere|werkende) link
(?:buitengesloten|kom er niet in|kom niet (?:\S+ ){0,3}in)
hoe (?:kan|log|kom) (?:\S+ ){0,3}(?:inloggen|in)$
nao (?:consigo|conseguimos|posso|podemos|me deixa|deixa|consegui|da para|e possivel) (?:\S+ ){0,4}(?:entrar|acessar|aceder|abrir|fazer login|iniciar sessao|logar|ver|visualizar|baixar|descarregar)
(?:senha|palavra passe|codigo de acesso|login|pin|credenciais) (?:\S+ ){0,4}(?:esquecida|errada|incorreta|nao|invalida|expirada|expirou|perdida|recusada)
(?:esqueci|perdi|redefinir|recuperar|nova|trocar|resetar|nao sei|nao lembro|nao tenho|esqueceu|qual e) (?:\S+ ){0,3}(?:senha|palavra passe|codigo de acesso|credenciais)
(?:link|pagina|botao|portal|site|ligacao) (?:\S+ ){0,5}(?:expirou|expirado|nao|quebrado|erro|em branco|invalido|expirada)
(?:conta|acesso|usuario) (?:\S+ ){0,3}(?:bloquead[ao]|suspens[ao]|negado)
(?:novo|outro) link
(?:problemas?|dificuldades?) (?:para|com|em|ao|no) (?:\S+ ){0,2}(?:entrar|acessar|aceder|acesso|login|abrir)
como (?:\S+ ){0,2}(?:entrar|entro|acessar|aceder|acesso)$
"""

HELP = r"""
(?:konnen|konnten|koennen|koennten) sie (?:mir|uns) (?:bitte )?(?:weiter)?helfen|bitte (?:um )?hilfe|was (?:kann|soll) ich tun
(?:pouvez|pourriez|peux) (?:vous |tu )?(?:m |nous )?aider|(?:m |nous )aider|que (?:dois|puis) je faire|aidez (?:moi|nous)
(?:pueden|podrian|puede|podria) (?:\S+ )?ayudar(?:me|nos)?|ayuda|que (?:puedo|debo) hacer
(?:potete|potreste|puo|puoi|potrebbe) (?:\S+ )?(?:aiutarmi|aiutarci|aiutare)|aiuto|(?:che )?cosa (?:posso|devo) fare
(?:kunt|kan|kunnen|zou|zouden) (?:u|jullie|je) (?:mij|me|ons) (?:hiermee )?(?:kunnen )?helpen|hulp|wat (?:kan|moet) ik doen
(?:podem|poderiam|pode|poderia) (?:me |nos )?ajudar(?: me| nos)?|ajuda|(?:o )?que (?:posso|devo) fazer
"""

SEND_AGAIN = r"""
(?:nochmals?|noch ?mal|noch einmal|erneut|wieder|neu) (?:\S+ ){0,3}(?:senden|schicken|zusenden|zuschicken|zukommen|mailen|ubermitteln|zusendung|geschickt|haben|bekommen)
(?:senden|schicken|mailen|sende|schick|schicke|sendet) (?:\S+ ){0,5}(?:nochmals?|noch ?mal|noch einmal|erneut)
(?:kopie|duplikat|zweitschrift|abschrift|rechnungskopie)(?= |$)
(?:rechnung|rechnungen|angebot|dokument|anhang|pdf|beleg) (?:\S+ ){0,3}(?:nicht|nie|fehlt|verloren|geloscht|verlegt|verschwunden) ?(?:erhalten|bekommen|gefunden|angekommen|angehangt|beigefugt|da|mehr)?
(?:rechnung|angebot|mail|e mail) (?:\S+ )?(?:verloren|geloscht|verlegt|nie)
(?:kein|keine|keinen|ohne|fehlt der|fehlt die) (?:rechnung|anhang|angebot|pdf)
(?:finde|habe|fehlt) (?:\S+ ){0,3}(?:rechnung|rechnungen|angebot) (?:\S+ ){0,2}nicht
(?:bitte|brauche|benotige|benoetige|konnten sie|koennten sie|konnen sie|hatte gern|mochte) (?:\S+ ){0,5}(?:rechnung|rechnungen|angebot|beleg)(?: vom| von| aus| als| fur| per| inv| \d|$| (?:\S+ ){0,3}(?:zusenden|schicken|senden|mailen|zukommen))
wo (?:finde|ist|sind|bekomme|kann) (?:\S+ ){0,4}(?:rechnung|rechnungen|angebot)
(?:renvoyer|renvoyez|renvoie|renvoi|reexpedier|envoyer a nouveau|envoyer de nouveau|retransmettre|renvoyiez)(?= |$)
(?:envoyer|envoyez|transmettre|adresser|avoir|obtenir|recevoir) (?:\S+ ){0,5}(?:a nouveau|de nouveau|encore une fois|une copie|un duplicata|une autre fois)
(?:copie|duplicata|double) (?:de|du) (?:\S+ )?(?:facture|factures|devis|document)
(?:pas|jamais) (?:bien )?(?:recu|eu|trouve) (?:\S+ ){0,2}(?:facture|factures|devis|piece jointe|document)
(?:perdu|supprime|efface|egare|retrouve pas|trouve pas|retrouve plus|trouve plus) (?:\S+ ){0,3}(?:facture|devis|mail|message|document)
(?:pas de|aucune|sans|manque la|oublie la) piece jointe
(?:piece jointe|facture|devis) (?:\S+ ){0,2}(?:manque|manquante|absente|pas jointe?|pas recue?)
(?:besoin|pourriez|pouvez|puis je|voudrais|souhaite|merci de|veuillez) (?:\S+ ){0,6}(?:facture|factures|devis)(?: de| du| en| par| inv| \d|$| svp| s il)
ou (?:puis je|est|sont|trouver|se trouve) (?:\S+ ){0,3}(?:facture|factures|devis)
(?:reenviar|reenvie|reenvien|reenviarme|reenviarnos|reenvio|reenviame|volver a enviar|volver a mandar|enviar de nuevo|mandar otra vez|enviarme de nuevo|vuelva a enviar|vuelvan a enviar)(?= |$)
(?:enviar|enviarme|enviarnos|envie|envien|mandar|mandarme|mandeme|mande|pasar|pasarme) (?:\S+ ){0,5}(?:de nuevo|otra vez|nuevamente|una copia|un duplicado|otra copia)
(?:copia|duplicado) (?:de|del) (?:\S+ )?(?:factura|facturas|presupuesto|documento)
no (?:he|hemos|me|nos)? ?(?:\S+ )?(?:recibido|recibi|llego|llegado|llega|encuentro|encontramos|tengo|tenemos) (?:\S+ ){0,2}(?:factura|facturas|presupuesto|adjunto|documento)
(?:perdi|perdido|borre|borrado|elimine|extraviado) (?:\S+ ){0,3}(?:factura|presupuesto|correo|mensaje|documento)
(?:sin|falta el|falta|no venia|no hay) (?:\S+ )?(?:archivo )?adjunto
(?:necesito|necesitamos|podria|podrian|puede|pueden|quisiera|me falta|por favor) (?:\S+ ){0,5}(?:factura|facturas|presupuesto)(?: de| del| en| por| inv| \d|$)
donde (?:esta|estan|puedo|encuentro) (?:\S+ ){0,4}(?:factura|facturas|presupuesto)
(?:rinviare|rinviarmi|rinviarci|rinvii|rinviate|rispedire|rispedirmi|inviare di nuovo|inviarmi di nuovo|rimandare|rimandarmi|rimandarci|rimandi|rimandate|rispedirci|reinviare|reinviarmi|reinviarci|inoltrare di nuovo)(?= |$)
(?:inviare|inviarmi|inviarci|invii|mandare|mandarmi|mandi|spedire|avere) (?:\S+ ){0,5}(?:di nuovo|ancora una volta|nuovamente|una copia|un duplicato|un altra volta|un altra copia)
(?:copia|duplicato) (?:della|del|di) (?:\S+ )?(?:fattura|fatture|preventivo|documento)
non (?:ho|abbiamo|mi|ci|trovo|troviamo) (?:\S+ ){0,3}(?:fattura|fatture|preventivo|allegato|documento)
(?:perso|cancellato|smarrito|eliminato) (?:\S+ ){0,3}(?:fattura|preventivo|mail|messaggio|documento)
(?:manca|senza|nessun|dimenticato l) (?:\S+ )?allegato
(?:ho bisogno|avrei bisogno|mi serve|potrebbe|potreste|puo|vorrei|per favore) (?:\S+ ){0,5}(?:fattura|fatture|preventivo)(?: di| del| in| per| inv| \d|$)
dove (?:e|sono|trovo|posso) (?:\S+ ){0,4}(?:fattura|fatture|preventivo)
(?:opnieuw|nogmaals|nog een keer|nog eens|weer) (?:\S+ ){0,3}(?:sturen|mailen|toesturen|zenden|versturen|opsturen|krijgen|ontvangen)
(?:stuur|sturen|mail|mailen|zend) (?:\S+ ){0,5}(?:opnieuw|nogmaals|nog een keer|nog eens|een kopie)
(?:kopie|duplicaat|afschrift) (?:van|factuur|offerte)
factuurkopie
(?:factuur|facturen|offerte|bijlage|document) (?:\S+ ){0,3}(?:niet|nooit|kwijt|ontbreekt|verloren|verwijderd) ?(?:ontvangen|gekregen|gevonden|binnengekomen|vinden|bijgevoegd)?
(?:geen|zonder) (?:factuur|bijlage|offerte)
(?:vergeten|ontbreekt) (?:de |\S+ )?bijlage
(?:graag|kunt u|kunnen jullie|zou u|wil|heb|nodig|mag ik) (?:\S+ ){0,5}(?:factuur|facturen|offerte)(?: van| als| per| over| voor| inv| \d|$| (?:\S+ )?(?:nodig|ontvangen|sturen|mailen|toesturen))
waar (?:is|zijn|kan|vind) (?:\S+ ){0,4}(?:factuur|facturen|offerte)
(?:reenviar|reenvie|reenviem|reenviar me|reenvio|enviar novamente|enviar de novo|mandar de novo|mandar novamente|enviar outra vez)(?= |$)
(?:enviar|enviarme|envie|enviem|mandar|manda|mande|mandem|ter|receber) (?:\S+ ){0,5}(?:novamente|de novo|outra vez|mais uma vez|uma copia|outra copia|a segunda via)
(?:segunda via|2a via|copia|duplicado) (?:da|do|de) (?:\S+ )?(?:fatura|faturas|factura|boleto|orcamento|documento|conta|nota)
nao (?:\S+ )?(?:recebi|recebemos|chegou|encontro|encontramos|achei|tenho|veio) (?:\S+ ){0,2}(?:fatura|factura|faturas|orcamento|anexo|documento|boleto)
(?:perdi|apaguei|eliminei|deletei|exclui|extraviei) (?:\S+ ){0,3}(?:fatura|factura|orcamento|email|mensagem|documento)
(?:sem|faltou o|falta o|esqueceu o|esqueceram o) anexo
(?:preciso|precisamos|poderia|podem|pode|gostaria|por favor|queria) (?:\S+ ){0,5}(?:fatura|faturas|factura|orcamento|boleto)(?: de| do| da| em| por| inv| \d|$)
onde (?:esta|estao|posso|encontro|fica) (?:\S+ ){0,4}(?:fatura|faturas|factura|orcamento)
"""

STATEMENT = r"""
kontoauszug|releve de compte|estado de cuenta|estratto conto|rekeningoverzicht|extrato de conta
"""

CONTACT_CHANGE = r"""
neue (?:adresse|anschrift|bankverbindung|e ?mail)|nouvelle adresse|nueva direccion|nuovo indirizzo|nieuw adres|novo endereco|umgezogen|verhuisd
"""

WRONG_PERSON = r"""
falscher empfanger|nicht mehr (?:bei uns|im unternehmen)|ne travaille plus|ya no trabaja|non lavora piu|werkt niet meer|nao trabalha mais
"""

STOP_REMINDERS = r"""
(?:keine|stop) (?:weiteren )?(?:mahnungen|erinnerungen)
"""

PAID = r"""
(?:bereits|schon|gestern|heute|langst) (?:\S+ ){0,2}(?:bezahlt|uberwiesen|beglichen)|deja (?:paye|regle)\w*|ya (?:he |hemos |esta )?(?:pagado|pague|pagada)|gia pagat\w|al (?:betaald|voldaan)|ja (?:paguei|pagamos|foi paga)
"""

DISPUTE = r"""
(?:rechnung|betrag) (?:\S+ ){0,2}(?:falsch|nicht korrekt|stimmt nicht)|stimmt nicht|facture (?:\S+ ){0,2}(?:incorrecte|fausse)|factura (?:\S+ ){0,2}(?:incorrecta|mal)|fattura (?:\S+ ){0,2}(?:errata|sbagliata)|factuur (?:\S+ ){0,2}(?:klopt niet|onjuist)|fatura (?:\S+ ){0,2}(?:errada|incorreta)
(?:zahle|zahlen|bezahlen|paie|paierai|paierons|pago|pagare|pagaremos|paghero|paghiamo|betaal|betalen|pagarei|pagaremos) (?:\S+ ){0,2}(?:nicht|pas|niet)
(?:no|non|nao) (?:\S+ )?(?:pago|pagare|pagaremos|paghero|pagheremo|pagarei|pagaremos)(?= |$)
"""

RESOLVED = r"""
nicht (?:noch ?mal|noch einmal|nochmals|erneut|wieder)(?! (?:erhalten|gefunden|da))
(?:ich|wir) (?:habe|haben) _ (?:erhalten|bekommen|gefunden|bezahlt|uberwiesen|gepruft|weitergeleitet|gegeben|geandert)
(?:ich|wir) (?:schicke|sende|senden|schicken|werde|werden) (?:ihnen|euch|dir)
wenn (?:ich|wir) .{1,80} (?:melde|rufe|sage)
(?:mail|brief) steht
(?:ai|avons) (?:bien |deja |finalement )?(?:recu|paye|regle|transmis|verifie|retrouve|trouve)
(?<!comment )(?:je peux|nous pouvons|j arrive a|j ai reussi a|nous avons pu)(?! pas| plus)
(?:je vous|nous vous) (?:envoie|envoyons|renvoie|renverrons|enverrons|renverrai|enverrai)
si je n .{1,80} je vous
mail explique
(?:he|hemos) (?:ya )?(?:recibido|pagado|revisado|encontrado|enviado)
(?:le|les) (?:envio|enviare|reenviare|mando|mandare)
si .{1,60} (?:le|les) llamo
correo explica
(?<!non )(?:ho|abbiamo) (?:gia )?(?:ricevuto|pagato|controllato|trovato|inoltrato)
(?:le|vi) (?:invio|invieremo|mando|rimando|manderemo)
se .{1,60} vi chiamo
mail spiega
(?:ik|we|wij) (?:heb|hebben) _ (?:ontvangen|betaald|gecontroleerd|gevonden|doorgestuurd)
(?:ik stuur|wij sturen|we sturen) (?:u|jullie|je)
als ik .{1,60} bel ik
mail staat
(?<!nao )(?<!nunca )(?:recebi|recebemos|pagamos|paguei|conferi|encontrei|encaminhei)
(?:envio|enviarei|reenviarei|mando) (?:\S+ ){0,4}(?:amanha|semana|anexo|em anexo)
se .{1,60} eu ligo
e ?mail explica
(?:jetzt|wieder|nun|inzwischen) (?:\S+ ){0,3}(?:geht|klappt|funktioniert|gefunden|anmelden)
(?:geht|klappt|funktioniert) (?:es )?(?:jetzt|wieder|nun)
(?:bitte )?(?:nicht|keine?n?) (?:\S+ ){0,3}(?:nochmal|noch einmal|erneut|mehr) (?:senden|schicken|zusenden)
(?:brauche|brauchen|benotige) (?:\S+ )?(?:kein|keine|keinen)
(?:hat sich erledigt|erledigt|keine probleme|kein problem)
(?:marche|fonctionne|arrive|reussi) (?:\S+ ){0,3}(?:maintenant|a nouveau|enfin|bien)
(?:maintenant|enfin|finalement) (?:\S+ ){0,3}(?:marche|fonctionne|trouve|connecter)
(?:n est|pas) (?:pas )?(?:besoin|la peine|necessaire)
ne (?:m |me |nous )?(?:renvoyez|envoyez|renvoyer) (?:\S+ )?(?:pas|plus)
(?:ya|ahora|por fin) (?!no )(?:\S+ ){0,2}(?:funciona|puedo|encontre|pude|entrar)
no (?:hace falta|es necesario|necesito|me envie|me reenvie|reenvie|envie)
(?:ora|adesso|finalmente) (?:\S+ ){0,2}(?:funziona|riesco|trovato)
non (?:serve|occorre|e necessario|mi serve|ho bisogno|rimandi|invii|rinvii)
(?:werkt|lukt) (?:het )?(?:nu|weer|inmiddels)
(?:nu|inmiddels|weer) (?:\S+ ){0,2}(?:werkt|gelukt|gevonden|inloggen)
(?:hoeft|hoef|hoeven) (?:\S+ ){0,5}niet
(?:niet|geen) (?:\S+ )?(?:nodig|meer nodig)
(?:agora|ja|finalmente) (?!nao )(?:\S+ ){0,2}(?:funciona|consigo|consegui|encontrei|achei)
nao (?:precisa|e preciso|e necessario|preciso|reenvie|envie)
"""

ALARM = r"""
(?:gestohlen|gehackt|betrug|polizei|anwalt|vole|pirate|arnaque|avocat|robado|hackeado|estafa|policia|abogado|rubato|truffa|avvocato|carabinieri|gestolen|oplichting|politie|advocaat|roubado|roubada|golpe|advogado|polizia)
(?:kollegin?|kollege|chef|frau|mann|kunde|kundin|buchhalter\w*) (?:\S+ ){0,3}(?:hat|kann|konnte|nicht)
(?:collegue|comptable|femme|mari|client|cliente|patron) (?:\S+ )?(?:a|n|ne|est)(?= )
(?:companer[oa]|contable|mujer|marido|cliente|jefe|jefa) (?:\S+ )?(?:no|ha|olvido)(?= )
(?:collega|contabile|moglie|marito|cliente|capo) (?:\S+ )?(?:non|ha)(?= )
(?:collega|boekhouder|vrouw|man|klant|baas) (?:\S+ )?(?:kan|is|heeft)(?= )
(?:colega|contadora?|esposa|marido|cliente|chefe) (?:\S+ )?(?:nao|esqueceu|perdeu)(?= )
(?:carte bancaire|tarjeta|carta di credito|bancomat|bankkarte|kreditkarte|geldautomat\w*|pinpas|cartao|creditcard|bankomat)
"""
