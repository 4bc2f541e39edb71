"""What the bot of the clinic could not answer."""

from botlens.demo.gaps.gap import demo_gap

GAPS = (
    demo_gap(
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
    demo_gap(
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
    demo_gap(
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
    demo_gap(
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
