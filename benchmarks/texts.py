"""The texts of the data set: 20,000 distinct questions in five languages, and answers made of parts."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LANGUAGES = ("de", "en", "es", "fr", "tr")
QUESTIONS_PER_LANGUAGE = 4_000
SPELLINGS = 3

# No letter here changes its length when its case is folded (no sharp s, no dotted capital I), so that
# PostgreSQL's lower() and Python's casefold() agree and no way of counting has to pay for the difference.
_OPENINGS = {
    "de": "Wie kann ich|Wo finde ich|Was kostet|Warum fehlt mir|Wann kommt|Wer hilft mir mit|"
    "Kann man online ändern:|Ich habe eine Frage zu",
    "en": "How do I change|Where can I find|How much is|Why can I not see|When do I get|Who can help me with|"
    "Is it possible to cancel|I have a question about",
    "es": "Cómo puedo cambiar|Dónde encuentro|Cuánto cuesta|Por qué no veo|Cuándo recibo|Quién me ayuda con|"
    "Se puede cancelar|Tengo una pregunta sobre",
    "fr": "Comment changer|Où trouver|Combien coûte|Pourquoi je ne vois pas|Quand vais-je recevoir|"
    "Qui peut m'aider avec|Est-il possible d'annuler|J'ai une question sur",
    "tr": "nasıl değiştirilir:|nerede bulurum:|ne kadar tutar:|neden göremiyorum:|ne zaman gelir:|"
    "kim yardım eder:|iptal edilebilir mi:|bir sorum var:",
}
_TOPICS = {
    "de": "Rechnung Lieferung Bestellung Passwort Konto Termin Vertrag Gutschein Rabatt Versand Adresse "
    "Zahlung Garantie Rückgabe Newsletter Abo Ersatzteil Filiale Öffnungszeit Kundenkarte Tarif Anmeldung "
    "Bewerbung Kündigung Umtausch",
    "en": "invoice delivery order password account appointment contract voucher discount shipping address "
    "payment warranty return newsletter subscription spare-part store opening-hour card plan login "
    "application cancellation exchange",
    "es": "factura entrega pedido contraseña cuenta cita contrato vale descuento envío dirección pago "
    "garantía devolución boletín suscripción repuesto tienda horario tarjeta tarifa acceso solicitud baja "
    "cambio",
    "fr": "facture livraison commande mot-de-passe compte rendez-vous contrat bon remise expédition adresse "
    "paiement garantie retour lettre abonnement pièce magasin horaire carte forfait connexion candidature "
    "résiliation échange",
    "tr": "fatura teslimat sipariş parola hesap randevu sözleşme kupon indirim kargo adres ödeme garanti "
    "iade bülten abonelik parça mağaza saat kart tarife oturum başvuru fesih takas",
}
_DETAILS = {
    "de": "heute|vom letzten Monat|im Ausland|für Firmen|mit der App|am Wochenende|ohne Konto|für zwei "
    "Personen|nach dem Umzug|per Telefon",
    "en": "today|from last month|abroad|for companies|in the app|at the weekend|without an account|for two "
    "people|after moving house|by phone",
    "es": "hoy|del mes pasado|en el extranjero|para empresas|en la aplicación|el fin de semana|sin cuenta|"
    "para dos personas|después de la mudanza|por teléfono",
    "fr": "aujourd'hui|du mois dernier|à l'étranger|pour les entreprises|dans l'application|le week-end|"
    "sans compte|pour deux personnes|après le déménagement|par téléphone",
    "tr": "bugün|geçen ay|yurt dışında|şirketler için|uygulamada|hafta sonu|hesap olmadan|iki kişi için|"
    "taşındıktan sonra|telefonla",
}
_ADVICE = {
    "de": "Das geht in wenigen Schritten|Gern helfe ich dabei|Dazu gibt es zwei Wege|Das hängt vom Tarif ab",
    "en": "That takes a few steps|I am happy to help with that|There are two ways|That depends on the plan",
    "es": "Se hace en pocos pasos|Con gusto le ayudo|Hay dos maneras|Eso depende de la tarifa",
    "fr": "Cela se fait en quelques étapes|Je vous aide volontiers|Il y a deux façons|Cela dépend du forfait",
    "tr": "Bu birkaç adımda olur|Memnuniyetle yardım ederim|İki yolu var|Bu tarifeye bağlıdır",
}
_ADVICE_PER_LANGUAGE = 4 * 25
_REFERENCES = 5_000


def question_texts() -> pa.Array:
    """Every spelling of every question: number (language * 4,000 + question) * 3 + spelling."""
    texts: list[str] = []
    for language in LANGUAGES:
        openings = _OPENINGS[language].split("|")
        topics = [f"{a} {b}" for a in _TOPICS[language].split() for b in ("1", "2")]
        details = _DETAILS[language].split("|")
        plain = [f"{o} {t} {d}" for o in openings for t in topics for d in details]
        for text in plain:
            texts += (f"{text}?", text.lower(), f" {text}  ??")
    return pa.array(texts, pa.string())


class Texts:
    """Makes the columns of texts from columns of numbers."""

    def __init__(self) -> None:
        self._questions = question_texts()
        self._advice = pa.array(
            [
                f"{lead}: {topic} {number}."
                for language in LANGUAGES
                for lead in _ADVICE[language].split("|")
                for number, topic in enumerate(_TOPICS[language].split())
            ],
            pa.string(),
        )
        self._references = pa.array(
            [
                f"You will find it under step {i % 9 + 1} of our guide, entry {i:04d}."
                for i in range(_REFERENCES)
            ]
        )

    def questions(self, language: np.ndarray, question: np.ndarray, spelling: np.ndarray) -> pa.Array:
        """What users write."""
        return self._questions.take(
            pa.array((language * QUESTIONS_PER_LANGUAGE + question) * SPELLINGS + spelling)
        )

    def answers(self, language: np.ndarray, draws: np.ndarray) -> pa.Array:
        """What bots answer: three parts drawn at random, so that hardly two are equal. `draws` is (n, 3)."""
        advice = self._advice.take(
            pa.array(language * _ADVICE_PER_LANGUAGE + draws[:, 0] % _ADVICE_PER_LANGUAGE)
        )
        question = self._questions.take(
            pa.array((language * QUESTIONS_PER_LANGUAGE + draws[:, 1] % QUESTIONS_PER_LANGUAGE) * SPELLINGS)
        )
        reference = self._references.take(pa.array(draws[:, 2] % _REFERENCES))
        return pc.binary_join_element_wise(advice, question, reference, " ")
