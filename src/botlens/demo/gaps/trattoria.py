"""What the bot of the restaurant could not answer."""

from botlens.demo.gaps.gap import demo_gap

GAPS = (
    demo_gap(
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
    demo_gap(
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
