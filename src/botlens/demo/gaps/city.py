"""What the bot of the town could not answer."""

from botlens.demo.gaps.gap import demo_gap

GAPS = (
    demo_gap(
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
    demo_gap(
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
    demo_gap(
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
