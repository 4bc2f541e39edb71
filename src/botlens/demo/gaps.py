"""What the demo's bots could not answer: topics, each asked in many ways, some of them mended by now."""

from dataclasses import dataclass

from botlens.demo.texts import tagged


@dataclass(frozen=True, slots=True)
class Gap:
    """One topic that a bot did not know, at least for some time.

    Attributes:
        name: for readers of this file.
        questions: paraphrases, by language.
        answers: what the bot says once it knows, by language; empty while it never learnt.
        share: how often it is asked, relative to the bot's other gaps.
        fixed: days before now since when the bot knows the answer; None is not yet.
        surge: (from, to) days before now in which it is asked six times as often; None is never.
    """

    name: str
    questions: dict[str, tuple[str, ...]]
    answers: dict[str, tuple[str, ...]]
    share: float
    fixed: float | None
    surge: tuple[float, float] | None


def _gap(
    name: str,
    text: str,
    *,
    share: float = 1.0,
    fixed: float | None = None,
    surge: tuple[float, float] | None = None,
) -> Gap:
    return Gap(name, tagged(text, "?"), tagged(text, "!"), share, fixed, surge)


SHOP = (
    _gap(
        "gift wrapping",
        """
        en? Do you offer gift wrapping?
        en? Can you gift wrap my order?
        en? Is gift wrapping available at checkout?
        en? How much does gift wrapping cost?
        en? I'd like gift wrapping for a present, is that possible?
        en? Can I add a gift note and gift wrapping?
        de? Kann ich die Bestellung als Geschenk verpacken lassen?
        de? Bieten Sie eine Geschenkverpackung an?
        de? Was kostet die Geschenkverpackung?
        """,
        share=1.6,
    ),
    _gap(
        "changing the delivery address",
        """
        en? How do I change the delivery address of my order?
        en? Can I still change my delivery address after ordering?
        en? I entered the wrong delivery address, can you change it?
        en? I need to change the shipping address of an order
        en? My delivery address is wrong, how can I correct it?
        en? Change delivery address for order already placed
        de? Kann ich die Lieferadresse nachträglich ändern?
        de? Wie ändere ich die Lieferadresse meiner Bestellung?
        de? Ich habe die falsche Lieferadresse angegeben, was nun?
        en! You can change the address under My orders until the parcel leaves our warehouse.
        de! Unter Meine Bestellungen lässt sich die Adresse ändern, bis das Paket unser Lager verlässt.
        """,
        share=2.2,
        fixed=96.4,
    ),
    _gap(
        "paying in instalments",
        """
        en? Can I pay in instalments?
        en? Do you offer payment in instalments?
        en? Is it possible to pay the sofa in monthly instalments?
        en? Which monthly instalments can I pay in?
        en? How do I split the payment into instalments?
        de? Kann ich in Raten zahlen?
        de? Bieten Sie Ratenzahlung an?
        de? Ist beim Sofa eine Ratenzahlung möglich?
        de? Wie funktioniert die Ratenzahlung bei Ihnen?
        """,
    ),
    _gap(
        "assembly at home",
        """
        en? Do you assemble the furniture at my home?
        en? Can someone assemble the wardrobe for me?
        en? Is furniture assembly included in the price?
        en? How much is the assembly service for a bed?
        en? Can I book furniture assembly at home?
        de? Bauen Sie die Möbel auch bei mir zu Hause auf?
        de? Was kostet der Aufbau der Möbel?
        de? Ist der Aufbau vom Schrank im Preis enthalten?
        """,
        share=1.2,
    ),
)

CLINIC = (
    _gap(
        "parking",
        """
        de? Wo kann ich bei der Praxis parken?
        de? Gibt es Parkplätze an der Praxis?
        de? Hat die Praxis einen eigenen Parkplatz?
        de? Kann man vor der Praxis kostenlos parken?
        de? Wo sind die Parkplätze für Patienten?
        en? Where can I park at the clinic?
        en? Is there parking at the clinic?
        en? Does the clinic have free parking for patients?
        """,
        share=1.5,
    ),
    _gap(
        "video consultation",
        """
        de? Bieten Sie Videosprechstunden an?
        de? Kann ich eine Videosprechstunde buchen?
        de? Wie funktioniert die Videosprechstunde?
        de? Gibt es auch eine Sprechstunde per Video?
        de? Wie bekomme ich einen Termin für die Videosprechstunde?
        en? Do you offer video consultations?
        en? Can I book a video consultation?
        en? How does a video consultation work?
        de! Ja: Wählen Sie bei der Buchung „Video“, der Link kommt eine Stunde vorher per E-Mail.
        en! Yes: choose "video" when you book, and the link arrives by e-mail an hour before.
        """,
        share=2.0,
        fixed=131.7,
    ),
    _gap(
        "travel vaccination",
        """
        de? Machen Sie auch Reiseimpfungen?
        de? Welche Reiseimpfungen bieten Sie an?
        de? Kann ich mich bei Ihnen gegen Gelbfieber impfen lassen?
        de? Ich brauche eine Reiseimpfung für Thailand
        de? Was kosten Reiseimpfungen bei Ihnen?
        en? Do you give travel vaccinations?
        en? Can I get a yellow fever travel vaccination?
        en? How much are travel vaccinations?
        """,
        surge=(70, 40),
    ),
    _gap(
        "interpreter",
        """
        de? Gibt es einen Dolmetscher in der Praxis?
        de? Kann ich einen Dolmetscher zum Termin mitbringen?
        de? Spricht jemand in der Praxis Türkisch oder brauche ich einen Dolmetscher?
        en? Can I bring an interpreter to my appointment?
        en? Is there an interpreter at the clinic?
        en? Do you provide an interpreter for appointments?
        """,
        share=0.6,
    ),
)

BANK = (
    _gap(
        "paying with the phone",
        """
        es? ¿Cómo puedo pagar con el móvil?
        es? ¿Puedo usar mi tarjeta para pagar con el teléfono móvil?
        es? ¿Cómo añado la tarjeta al móvil para pagar?
        es? No puedo pagar con el móvil en las tiendas
        es? ¿Se puede pagar con el móvil con mi tarjeta de débito?
        es? Quiero activar el pago con el móvil
        en? How do I pay with my phone?
        en? Can I add my card to my phone to pay?
        en? How do I set up paying with my phone?
        es! En la app, abra Tarjetas, elija la suya y toque Pagar con el móvil.
        en! In the app open Cards, choose yours and tap Pay with phone.
        """,
        share=1.8,
        fixed=61.2,
    ),
    _gap(
        "account for a child",
        """
        es? ¿Puedo abrir una cuenta para mi hijo?
        es? ¿Qué necesito para abrir una cuenta a un menor?
        es? ¿Tienen cuentas para menores de edad?
        es? ¿Cómo abro una cuenta infantil para mi hija?
        es? ¿Desde qué edad puede tener mi hijo una cuenta?
        en? Can I open an account for my child?
        en? What do I need to open a child's account?
        en? From what age can my child have an account?
        """,
    ),
    _gap(
        "card limit abroad",
        """
        es? ¿Cuál es el límite de la tarjeta en el extranjero?
        es? ¿Cómo aumento el límite de mi tarjeta para un viaje?
        es? ¿Cuánto dinero puedo sacar con la tarjeta en el extranjero?
        es? Voy de viaje y quiero subir el límite de mi tarjeta
        es? ¿Puedo cambiar el límite de la tarjeta si estoy en el extranjero?
        en? What is my card limit abroad?
        en? How do I raise my card limit for a trip?
        en? How much can I withdraw with my card abroad?
        """,
        share=1.3,
        surge=(35, 14),
    ),
    _gap(
        "certificate of account ownership",
        """
        es? ¿Dónde descargo el certificado de titularidad de la cuenta?
        es? Necesito un certificado de titularidad bancaria
        es? ¿Cómo consigo el certificado de titularidad?
        es? ¿El certificado de titularidad de la cuenta es gratis?
        es? Quiero descargar el certificado de titularidad en la app
        en? Where do I download the certificate of account ownership?
        en? I need a certificate of account ownership
        """,
    ),
)

CITY = (
    _gap(
        "bulky waste",
        """
        fr? Comment faire enlever mes encombrants ?
        fr? Quand passe la collecte des encombrants ?
        fr? Je veux me débarrasser d'encombrants, comment faire ?
        fr? Où déposer des encombrants ?
        fr? Comment prendre rendez-vous pour les encombrants ?
        fr? Est-ce que l'enlèvement des encombrants est payant ?
        en? How do I get bulky waste collected?
        en? When is bulky waste collected?
        en? Where can I leave bulky waste?
        fr! Réservez l'enlèvement en ligne : c'est gratuit jusqu'à deux mètres cubes par mois.
        en! Book the collection online: it is free for up to two cubic metres a month.
        """,
        share=2.0,
        fixed=44.9,
    ),
    _gap(
        "parking permit for a second car",
        """
        fr? Puis-je avoir un permis de stationnement pour une deuxième voiture ?
        fr? Combien coûte le permis de stationnement pour un second véhicule ?
        fr? Comment demander une carte de stationnement pour ma deuxième voiture ?
        fr? Le stationnement résident est-il possible pour deux voitures ?
        fr? Carte de stationnement résident pour une deuxième voiture
        en? Can I get a parking permit for a second car?
        en? How much is a resident parking permit for a second car?
        """,
        share=1.2,
    ),
    _gap(
        "swimming pool lessons",
        """
        fr? Comment inscrire mon enfant aux cours de natation ?
        fr? La piscine propose-t-elle des cours de natation pour adultes ?
        fr? Quand commencent les inscriptions aux cours de natation ?
        fr? Combien coûtent les cours de natation à la piscine ?
        fr? Reste-t-il des places aux cours de natation ?
        en? How do I sign my child up for swimming lessons?
        en? Are there swimming lessons for adults at the pool?
        """,
    ),
)

SAAS = (
    _gap(
        "single sign-on",
        """
        en? Do you support SAML single sign-on?
        en? How do I set up single sign-on?
        en? Can we log in with single sign-on from our identity provider?
        en? Is single sign-on included in the team plan?
        en? How do I configure SAML SSO for my workspace?
        en? Where are the single sign-on settings?
        de? Unterstützt ihr Single Sign-on mit SAML?
        de? Wie richte ich Single Sign-on ein?
        de? Ist Single Sign-on im Team-Tarif enthalten?
        en! Yes. Open Settings, Security, Single sign-on and paste your provider's metadata URL.
        de! Ja. Unter Einstellungen, Sicherheit, Single Sign-on die Metadaten-URL des Anbieters eintragen.
        """,
        share=1.8,
        fixed=78.3,
    ),
    _gap(
        "importing from another tool",
        """
        en? Can I import my tasks from another tool?
        en? How do I import a board as CSV?
        en? How do I migrate our projects from another tool?
        en? Is there an importer for existing projects?
        en? We want to move our tasks from another tool, how do we import them?
        en? How do I import projects from a CSV file?
        de? Kann ich Aufgaben aus einem anderen Tool importieren?
        de? Wie importiere ich Projekte aus einer CSV-Datei?
        de? Gibt es einen Import für bestehende Projekte?
        en! Open Settings, Import and upload the CSV; you can match the columns before anything is created.
        de! Unter Einstellungen, Import die CSV hochladen; die Spalten lassen sich vorher zuordnen.
        """,
        fixed=25.6,
        surge=(40, 22),
    ),
    _gap(
        "exporting the audit log",
        """
        en? How do I export the audit log?
        en? Can I download the audit log as a file?
        en? Is there an audit log export?
        en? We need to export our audit log for a review
        en? Can the audit log be exported automatically?
        de? Wie exportiere ich das Audit-Log?
        de? Kann man das Audit-Log herunterladen?
        """,
    ),
    _gap(
        "dark mode",
        """
        en? Is there a dark mode?
        en? How do I turn on dark mode?
        en? When will you add dark mode?
        en? Does the mobile app have a dark mode?
        en? Can I switch to a dark theme?
        de? Gibt es einen Dunkelmodus?
        de? Wie schalte ich den Dunkelmodus ein?
        """,
        share=0.7,
    ),
)

TRATTORIA = (
    _gap(
        "gluten-free dishes",
        """
        it? Avete piatti senza glutine?
        it? La pizza è disponibile senza glutine?
        it? Quali piatti senza glutine avete nel menù?
        it? Mia figlia è celiaca, avete la pasta senza glutine?
        en? Do you have gluten-free dishes?
        en? Is there gluten-free pasta on the menu?
        """,
    ),
    _gap(
        "dogs",
        """
        it? Posso portare il cane al ristorante?
        it? Sono ammessi i cani?
        it? Accettate i cani nel giardino?
        it? Si può venire a cena con il cane?
        en? Can I bring my dog to the restaurant?
        en? Are dogs allowed in the garden?
        """,
    ),
)
