"""What the bot of the furniture shop could not answer."""

from botlens.demo.gaps.gap import demo_gap

GAPS = (
    demo_gap(
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
    demo_gap(
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
    demo_gap(
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
    demo_gap(
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
