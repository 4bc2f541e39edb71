"""What the demo's bots know: questions with the answers they give, by bot and language."""

from dataclasses import dataclass

from botlens.demo.texts import tagged


@dataclass(frozen=True, slots=True)
class Topic:
    """A question in several wordings, and the answer, by language.

    `{order}`, `{few}` and `{many}` stand for numbers, the same ones in the question and its answer.
    """

    questions: dict[str, tuple[str, ...]]
    answers: dict[str, tuple[str, ...]]


def _topics(block: str) -> tuple[Topic, ...]:
    """Topics from a block of tagged lines, one blank line between two topics."""
    return tuple(Topic(tagged(part, "?"), tagged(part, "!")) for part in block.split("\n\n"))


SHOP = _topics("""
en? Where is my order {order}?
en? Where is my parcel?
en? Can you track order {order} for me?
en! Order {order} is on its way and should arrive within two working days.
de? Wo ist meine Bestellung {order}?
de? Wo bleibt mein Paket?
de! Bestellung {order} ist unterwegs und kommt voraussichtlich in zwei Werktagen an.

en? How long does delivery take?
en? What are your delivery times?
en! Small items take two to four working days, furniture two to three weeks.
de? Wie lange dauert die Lieferung?
de? Wann wird geliefert?
de! Kleine Artikel brauchen zwei bis vier Werktage, Möbel zwei bis drei Wochen.

en? How can I return an item?
en? What is your return policy?
en? I want to send the lamp back
en! You can return anything within 30 days. The label is under My orders.
de? Wie kann ich etwas zurückschicken?
de? Wie läuft die Rückgabe ab?
de! Sie können alles innerhalb von 30 Tagen zurückgeben. Das Etikett liegt unter Meine Bestellungen.

en? Is the oak table still in stock?
en? When will the grey sofa be available again?
en! Yes, we have {few} pieces left and can deliver from next week.
de? Ist der Eichentisch noch auf Lager?
de? Wann ist das graue Sofa wieder lieferbar?
de! Ja, wir haben noch {few} Stück und liefern ab nächster Woche.

en? I'd like to order the reading lamp
en? Can I order two more of the same chairs?
en! With pleasure. I have put it in your basket; you can check out right here.
de? Ich möchte die Leselampe bestellen
de? Kann ich noch zwei von den Stühlen bestellen?
de! Gern. Ich habe alles in den Warenkorb gelegt, Sie können direkt hier bezahlen.

en? My discount code does not work
en? How do I use a voucher?
en! Enter the code in the basket before you pay. Each code works once per order.
de? Mein Gutscheincode funktioniert nicht
de? Wo kann ich einen Gutschein einlösen?
de! Geben Sie den Code im Warenkorb ein, bevor Sie bezahlen. Jeder Code gilt einmal je Bestellung.
""")

CLINIC = _topics("""
de? Ich hätte gern einen Termin
de? Wann ist der nächste freie Termin?
de? Kann ich für morgen einen Termin bekommen?
de! Der nächste freie Termin ist übermorgen um 9:40 Uhr. Soll ich ihn für Sie buchen?
en? I'd like to make an appointment
en? When is the next free appointment?
en! The next free slot is the day after tomorrow at 9:40. Shall I book it for you?

de? Ich möchte meinen Termin absagen
de? Kann ich meinen Termin verschieben?
de! Kein Problem. Bis 24 Stunden vorher geht das über den Link in Ihrer Bestätigung.
en? I need to cancel my appointment
en? Can I move my appointment to next week?
en! No problem. Use the link in your confirmation until 24 hours before.

de? Wann haben Sie geöffnet?
de? Wie sind Ihre Sprechzeiten?
de? Haben Sie am Freitagnachmittag offen?
de! Wir sind Montag bis Freitag von 8 bis 12 Uhr da, Montag und Donnerstag auch von 15 bis 18 Uhr.
en? What are your opening hours?
en! We are open Monday to Friday 8 to 12, on Monday and Thursday also 3 to 6 pm.

de? Kann ich ein Rezept nachbestellen?
de? Ich brauche ein Folgerezept
de! Ja. Nennen Sie das Medikament, das Rezept liegt am nächsten Werktag ab 10 Uhr bereit.
en? Can I order a repeat prescription?
en! Yes. Tell us the medicine, and it is ready from 10 am on the next working day.

de? Nehmen Sie neue Patienten auf?
de? Behandeln Sie auch Kassenpatienten?
de! Ja, wir nehmen neue Patienten aller Kassen auf. Bitte bringen Sie die Versichertenkarte mit.
en? Do you take new patients?
en! Yes, we take new patients of all insurers. Please bring your insurance card.
""")

BANK = _topics("""
es? He perdido mi tarjeta
es? ¿Cómo bloqueo mi tarjeta?
es? Me han robado la tarjeta, ¿qué hago?
es! En la app, abra Tarjetas y toque Bloquear. Queda bloqueada al instante.
en? I lost my card
en? How do I block my card?
en! Open Cards in the app and tap Block. It takes effect at once.

es? ¿Cuál es el horario de la oficina?
es? ¿A qué hora abre la oficina del centro?
es! La oficina del centro abre de lunes a viernes de 8:30 a 14:15.
en? When is the branch open?
en! The city branch is open Monday to Friday from 8:30 to 14:15.

es? ¿Cuánto tarda una transferencia?
es? ¿Cuándo llega mi transferencia?
es! Una transferencia nacional llega el mismo día si la hace antes de las 17:00.
en? How long does a transfer take?
en! A domestic transfer arrives the same day if you send it before 17:00.

es? Quiero información sobre una hipoteca
es? ¿Qué interés tienen las hipotecas?
es? ¿Puedo pedir un préstamo de {many} euros?
es! Con gusto. Déjeme su teléfono y un gestor le llama con una oferta.
en? I'd like to know about a mortgage
en? Can I get a loan of {many} euros?
en! With pleasure. Leave your number and an adviser will call you with an offer.

es? He olvidado mi clave de acceso
es? No puedo entrar en la app
es! Toque «He olvidado mi clave» en la pantalla de inicio y siga los pasos con su DNI.
en? I forgot my access code
en! Tap "Forgot my code" on the first screen and follow the steps with your ID card.

es? ¿Qué comisiones tiene la cuenta?
es? ¿La cuenta tiene gastos de mantenimiento?
es! La cuenta no tiene comisiones si ingresa al menos 700 euros al mes.
en? What fees does the account have?
en! The account is free if at least 700 euros come in each month.
""")

CITY = _topics("""
fr? Comment refaire ma carte d'identité ?
fr? Quels documents pour une carte d'identité ?
fr? Je dois renouveler mon passeport
fr! Il faut une photo, un justificatif de domicile et l'ancien titre. Prenez rendez-vous en ligne.
en? How do I renew my identity card?
en! Bring a photo, proof of address and the old card. Please book an appointment online.

fr? Quels sont les horaires de la mairie ?
fr? La mairie est-elle ouverte le samedi ?
fr! La mairie est ouverte du lundi au vendredi de 8h30 à 17h, et le samedi matin.
en? When is the town hall open?
en! The town hall is open Monday to Friday 8:30 to 17:00 and on Saturday morning.

fr? Quand sont ramassées les poubelles jaunes ?
fr? Quel jour sortir les poubelles ?
fr! Les bacs jaunes sont collectés le mercredi, les ordures ménagères le lundi et le jeudi.
en? Which day is the rubbish collected?
en! Recycling goes on Wednesday, household waste on Monday and Thursday.

fr? Comment inscrire mon enfant à l'école ?
fr? Jusqu'à quand inscrire mon fils à la cantine ?
fr! L'inscription se fait en ligne sur le portail famille, jusqu'à la fin du mois de mai.
en? How do I enrol my child at school?
en! Enrol online on the family portal until the end of May.

fr? Je voudrais un acte de naissance
fr? Comment obtenir un extrait d'acte de naissance ?
fr! La demande est gratuite, en ligne ; le document arrive par courrier sous cinq jours.
en? How do I get a birth certificate?
en! Ask for it online, free of charge; it comes by post within five days.
""")

SAAS = _topics("""
en? How do I invite a teammate?
en? How can I add users to my workspace?
en! Open Members, click Invite and enter the e-mail addresses. Guests are free.
de? Wie lade ich Kollegen ein?
de! Unter Mitglieder auf Einladen klicken und die E-Mail-Adressen eingeben. Gäste sind kostenlos.

en? How much is the team plan?
en? What does it cost for {few} people?
en! The team plan is 9 euros per person and month, with 20 % off when paid yearly.
de? Was kostet der Team-Tarif?
de! Der Team-Tarif kostet 9 Euro pro Person und Monat, bei jährlicher Zahlung 20 % weniger.

en? I forgot my password
en? I can't log in
en! Use "Forgot password" on the login page; the link is valid for one hour.
de? Ich kann mich nicht anmelden
de! Nutzen Sie „Passwort vergessen“ auf der Anmeldeseite; der Link gilt eine Stunde.

en? Can I try it for free?
en? Is there a free trial?
en! Yes, 30 days with every feature, and no card needed. Shall I start one for you?
de? Kann ich es kostenlos testen?
de! Ja, 30 Tage mit allen Funktionen und ohne Karte. Soll ich den Test starten?

en? Where can I find my invoices?
en? How do I change the billing e-mail?
en! Both are under Settings, Billing. Only owners of the workspace can see that page.
de? Wo finde ich meine Rechnungen?
de! Unter Einstellungen, Abrechnung. Die Seite sehen nur Eigentümer des Arbeitsbereichs.

en? What is the rate limit of the API?
en? I get error 429 from the API
en! The API allows {many} requests a minute per key; after a 429, wait for the time in Retry-After.
de? Wie viele API-Anfragen sind pro Minute erlaubt?
de! Die API erlaubt {many} Anfragen pro Minute und Schlüssel.
""")

TRATTORIA = _topics("""
it? Vorrei prenotare un tavolo per {few} persone
it? Avete un tavolo libero stasera?
it! Certo! Ho un tavolo libero alle 20:15. Confermo la prenotazione?
en? I'd like to book a table for {few}
en? Do you have a table tonight?
en! Of course! I have a table at 8:15 pm. Shall I confirm it?

it? A che ora aprite?
it? Siete aperti il lunedì?
it! Siamo aperti da martedì a domenica, 12-15 e 19-23.
en? When do you open?
en! We are open Tuesday to Sunday, 12 to 3 and 7 to 11 pm.

it? Dove vi trovate?
it? Come arrivo al ristorante?
it! Siamo in via dei Glicini 4, a cinque minuti a piedi dalla stazione.
en? Where are you?
en! We are at via dei Glicini 4, five minutes' walk from the station.
""")
