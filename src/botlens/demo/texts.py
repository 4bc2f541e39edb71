"""What is said in the demo around the questions: greetings, excuses, thanks, the colleague who takes over.

Texts stand in blocks of lines `<language><kind> <text>`, to be read and translated side by side.
"""

import re

_LINE = re.compile(r"(?P<language>[a-z]{2})(?P<kind>\S+) (?P<text>.+)")


def tagged(block: str, kind: str) -> dict[str, tuple[str, ...]]:
    """The texts of one kind in a block, by language.

    Raises:
        ValueError: a line is not `<language><kind> <text>`.
    """
    texts: dict[str, tuple[str, ...]] = {}
    for line in filter(None, map(str.strip, block.splitlines())):
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"not a tagged line: {line!r}")
        if found["kind"] == kind:
            texts[found["language"]] = (*texts.get(found["language"], ()), found["text"])
    return texts


_EN = """
en:hello Hello
en:hello Hi there
en:hello Good morning!
en:welcome Hello! How can I help you today?
en:welcome Hi, nice to see you. What can I do for you?
en:fallback Sorry, I did not understand that. Could you put it another way?
en:fallback I'm afraid I have no answer to that yet.
en:unsure I am not certain, but our help pages may cover this.
en:unsure That might depend. Please have a look at our general information.
en:unsure I could not find anything that fits exactly.
en:again That doesn't answer my question. {}
en:again No, I mean: {}
en:again Let me try again. {}
en:human Can I talk to a person please?
en:human I'd rather speak to someone
en:human Connect me to an agent
en:passing Of course, I am passing you on to a colleague.
en:joined {} joined the conversation
en:agent Hello, this is {}. I have read along and am looking into it right now.
en:agent Hi, {} here. Give me a moment to check this for you.
en:solved That is settled now, you will get a confirmation by e-mail in a few minutes.
en:solved I have checked: yes, that works, and I have made a note for you.
en:solved I cannot do that from here, but I have asked my colleagues to call you back today.
en:thanks Thank you!
en:thanks Great, thanks a lot
en:thanks Perfect, that helped
en:bye You're welcome! Is there anything else?
en:bye Glad I could help. Have a nice day!
en:bad Not what I asked
en:bad The answer is wrong
en:bad Useless, I had to call in the end
en:bad Too general
en:good Quick and clear
en:good Exactly what I needed
"""

_DE = """
de:hello Hallo
de:hello Guten Tag
de:hello Guten Morgen!
de:welcome Guten Tag! Wie kann ich Ihnen helfen?
de:welcome Hallo, schön, dass Sie da sind. Was kann ich für Sie tun?
de:fallback Das habe ich leider nicht verstanden. Können Sie es anders formulieren?
de:fallback Darauf habe ich leider noch keine Antwort.
de:unsure Ich bin nicht sicher, vielleicht hilft unsere Hilfeseite weiter.
de:unsure Das kommt darauf an. Bitte sehen Sie in den allgemeinen Informationen nach.
de:unsure Dazu habe ich nichts Passendes gefunden.
de:again Das beantwortet meine Frage nicht. {}
de:again Nein, ich meine: {}
de:again Ich versuche es noch einmal: {}
de:human Kann ich bitte mit einem Menschen sprechen?
de:human Ich möchte mit einem Mitarbeiter sprechen
de:human Bitte verbinden Sie mich
de:passing Gern, ich gebe Sie an eine Kollegin weiter.
de:joined {} ist dem Gespräch beigetreten
de:agent Guten Tag, hier ist {}. Ich habe mitgelesen und kümmere mich gerade darum.
de:agent Hallo, {} am Apparat. Einen Moment, ich sehe für Sie nach.
de:solved Das ist erledigt, die Bestätigung kommt in wenigen Minuten per E-Mail.
de:solved Ich habe nachgesehen: Ja, das geht, ich habe es für Sie vermerkt.
de:solved Das kann ich von hier nicht lösen, meine Kollegen rufen Sie heute noch zurück.
de:thanks Danke!
de:thanks Super, vielen Dank
de:thanks Perfekt, das hilft mir
de:bye Sehr gern! Kann ich sonst noch etwas tun?
de:bye Freut mich, dass ich helfen konnte. Einen schönen Tag!
de:bad Das war nicht meine Frage
de:bad Die Antwort ist falsch
de:bad Hat nicht geholfen, musste am Ende anrufen
de:good Schnell und verständlich
de:good Genau das habe ich gesucht
"""

_FR = """
fr:hello Bonjour
fr:hello Bonjour, j'ai une question
fr:hello Bonsoir
fr:welcome Bonjour ! Comment puis-je vous aider ?
fr:welcome Bonjour et bienvenue. Quelle est votre question ?
fr:fallback Désolé, je n'ai pas compris. Pouvez-vous reformuler ?
fr:fallback Je n'ai malheureusement pas encore de réponse à cela.
fr:unsure Je n'en suis pas certain, consultez peut-être notre page d'aide.
fr:unsure Cela dépend. Vous trouverez peut-être l'information dans la rubrique générale.
fr:unsure Je n'ai rien trouvé qui corresponde exactement.
fr:again Ce n'est pas ma question. {}
fr:again Non, je voulais dire : {}
fr:again J'essaie encore une fois : {}
fr:human Puis-je parler à quelqu'un ?
fr:human Je voudrais parler à un agent
fr:passing Bien sûr, je vous mets en relation avec un collègue.
fr:joined {} a rejoint la conversation
fr:agent Bonjour, ici {}. J'ai lu votre échange et je m'en occupe tout de suite.
fr:agent Bonjour, {} à l'appareil. Un instant, je vérifie pour vous.
fr:solved C'est réglé, vous recevrez une confirmation par courriel dans quelques minutes.
fr:solved J'ai vérifié : oui, c'est possible, et je l'ai noté dans votre dossier.
fr:solved Je ne peux pas le faire d'ici, mais le service vous rappellera aujourd'hui.
fr:thanks Merci !
fr:thanks Merci beaucoup
fr:thanks Parfait, merci
fr:bye Avec plaisir ! Puis-je faire autre chose pour vous ?
fr:bye Ravi d'avoir pu vous aider. Bonne journée !
fr:bad Ce n'est pas ce que j'ai demandé
fr:bad La réponse est fausse
fr:good Rapide et clair
"""

_ES = """
es:hello Hola
es:hello Buenos días
es:hello Hola, buenas tardes
es:welcome ¡Hola! ¿En qué puedo ayudarle?
es:welcome Buenos días, soy el asistente del banco. ¿Qué necesita?
es:fallback Lo siento, no le he entendido. ¿Puede decirlo de otra manera?
es:fallback Todavía no tengo respuesta para eso.
es:unsure No estoy seguro, quizá nuestra página de ayuda le sirva.
es:unsure Depende del caso. Consulte por favor la información general.
es:unsure No he encontrado nada que encaje exactamente.
es:again Eso no responde a mi pregunta. {}
es:again No, quiero decir: {}
es:again Lo intento otra vez: {}
es:human ¿Puedo hablar con una persona?
es:human Quiero hablar con un agente
es:passing Por supuesto, le paso con un compañero.
es:joined {} se ha unido a la conversación
es:agent Hola, soy {}. He leído la conversación y lo estoy mirando ahora mismo.
es:agent Buenos días, le atiende {}. Un momento, lo compruebo.
es:solved Ya está resuelto, recibirá la confirmación por correo en unos minutos.
es:solved Lo he comprobado: sí, es posible, y lo he dejado anotado.
es:solved Desde aquí no puedo hacerlo, pero hoy le llamarán mis compañeros.
es:thanks ¡Gracias!
es:thanks Muchas gracias
es:thanks Perfecto, me ha servido
es:bye De nada. ¿Necesita algo más?
es:bye Me alegro de haberle ayudado. ¡Buen día!
es:bad No es lo que he preguntado
es:bad La respuesta no es correcta
es:good Rápido y claro
"""

_IT = """
it:hello Ciao
it:hello Buongiorno
it:hello Buonasera
it:welcome Buongiorno! Come posso aiutarla?
it:welcome Benvenuti da Casa Lucia. Cosa posso fare per voi?
it:fallback Mi dispiace, non ho capito. Può dirlo in un altro modo?
it:fallback Purtroppo non ho ancora una risposta a questa domanda.
it:unsure Non ne sono sicuro, forse trova qualcosa sulla nostra pagina.
it:unsure Dipende. Provi a consultare le informazioni generali.
it:again Non è quello che ho chiesto. {}
it:again No, intendevo: {}
it:human Posso parlare con una persona?
it:passing Certo, la metto in contatto con una collega.
it:joined {} si è unita alla conversazione
it:agent Buongiorno, sono {}. Ho letto la sua richiesta, un attimo che controllo.
it:solved Tutto a posto, la conferma arriva tra pochi minuti via e-mail.
it:solved Ho controllato: sì, è possibile, l'ho annotato sulla prenotazione.
it:thanks Grazie!
it:thanks Perfetto, grazie mille
it:bye Prego! A presto.
it:bye È stato un piacere. Posso fare altro?
it:bad Non ha capito la domanda
it:good Veloce e gentile
"""

_ALL = _EN + _DE + _FR + _ES + _IT

HELLO = tagged(_ALL, ":hello")
WELCOME = tagged(_ALL, ":welcome")
FALLBACK = tagged(_ALL, ":fallback")
UNSURE = tagged(_ALL, ":unsure")
AGAIN = tagged(_ALL, ":again")
HUMAN = tagged(_ALL, ":human")
PASSING = tagged(_ALL, ":passing")
JOINED = tagged(_ALL, ":joined")
AGENT = tagged(_ALL, ":agent")
SOLVED = tagged(_ALL, ":solved")
THANKS = tagged(_ALL, ":thanks")
BYE = tagged(_ALL, ":bye")
BAD = tagged(_ALL, ":bad")
GOOD = tagged(_ALL, ":good")

AGENTS = ("Jonas", "Amélie", "Priya", "Lucía", "Marta", "Tom")
"""First names of the colleagues who take over."""
