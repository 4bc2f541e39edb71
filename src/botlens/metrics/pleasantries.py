"""Messages that only greet or thank, or chat: they lead every list of questions and are none.

Only a message that is nothing else counts: `hi`, `super, vielen dank`, but not `hi, where is my parcel`.
"""

import re

_GREETS_OR_THANKS = """
en: hi|hii+|hello|hey|heya|hi there|hello there|hey there|good morning|good afternoon|good evening|good night
en: greetings|thanks|thank you|thank u|thx|ty|cheers|bye|bye bye|goodbye|good bye|see you|have a nice day
en: have a good day|that helped|that helps|you too
de: hallo|hi|hey|moin|moin moin|servus|grüezi|grüß gott|guten tag|guten morgen|guten abend|schönen tag|tag
de: danke|dankeschön|danke schön|danke sehr|vielen dank|besten dank|herzlichen dank|tausend dank|tschüss
de: auf wiedersehen|das hilft|das hilft mir|das hat geholfen|schönen tag noch|mit freundlichen grüßen
fr: bonjour|bonsoir|salut|coucou|merci|merci beaucoup|merci bien|un grand merci|au revoir|bonne journée
fr: bonne soirée
es: hola|buenos días|buenos dias|buen día|buen dia|buenas|buenas tardes|buenas noches|gracias|muchas gracias
es: mil gracias|adiós|adios|hasta luego|me ha servido|saludos
it: ciao|salve|buongiorno|buon giorno|buonasera|buona sera|grazie|grazie mille|molte grazie|arrivederci
it: buona giornata
pt: olá|ola|oi|bom dia|boa tarde|boa noite|obrigado|obrigada|muito obrigado|muito obrigada|tchau
nl: hoi|hallo|goedemorgen|goedemiddag|goedenavond|goedendag|dank je|dank je wel|dankjewel|dank u|dank u wel
nl: bedankt|tot ziens|doei
pl: cześć|czesc|dzień dobry|dzien dobry|dobry wieczór|dziękuję|dziekuje|dzięki|do widzenia
tr: merhaba|selam|günaydın|iyi günler|iyi akşamlar|teşekkürler|teşekkür ederim|sağ ol|hoşça kal
ru: привет|здравствуйте|добрый день|доброе утро|добрый вечер|спасибо|спасибо большое|до свидания
ar: مرحبا|السلام عليكم|شكرا|شكرا لك|صباح الخير|مساء الخير
zh: 你好|您好|谢谢|谢谢你|再见
ja: こんにちは|おはようございます|こんばんは|ありがとう|ありがとうございます
"""

_BESIDE_THEM = """
en: great|perfect|super|awesome|nice|cool|ok|okay|alright|yes|a lot|so much|very much|very|again|all|everyone
en: for your help|for the help|for that|i have a question|dear|team|sir|madam
de: super|perfekt|prima|toll|klasse|gut|ok|okay|alles klar|ja|nochmal|nochmals|für ihre hilfe|für die hilfe
de: für deine hilfe|ihnen|dir|euch|zusammen|ich habe eine frage|schön|sehr
fr: parfait|super|génial|d accord|ok|oui|à vous|à tous|pour votre aide|beaucoup|j ai une question
es: perfecto|genial|vale|ok|sí|a todos|por su ayuda|por tu ayuda|por la ayuda|tengo una pregunta
it: perfetto|ottimo|va bene|ok|sì|a tutti|per l aiuto|mille|ho una domanda
pt: perfeito|ótimo|ok|sim|pela ajuda
nl: perfect|prima|top|ok|ja|voor je hulp|voor uw hulp
"""

_CHAT = """
en: how are you|how are you doing|how is it going|what s up|whats up|who are you|are you a bot|are you a robot
en: are you human|are you real|is anybody there|anyone there|lol|haha|hahaha|test|testing|no|nope|never mind
en: sorry|please|well|hm|hmm|i see|got it|fine|good|sure|bot|i am fine|nice to meet you
de: wie geht es dir|wie geht s|wie gehts|wie geht es ihnen|wer bist du|bist du ein bot|bist du ein roboter
de: bist du ein mensch|ist da jemand|nein|egal|schon gut|bitte|entschuldigung|gut|mir geht es gut|verstanden
fr: ça va|comment ça va|comment allez vous|qui es tu|non|s il vous plaît|pardon|d accord
es: cómo estás|como estas|qué tal|que tal|quién eres|no|por favor|perdón
it: come stai|come va|chi sei|no|per favore|scusa|scusi
pt: tudo bem|como vai|quem é você|não|por favor|desculpe
nl: hoe gaat het|wie ben je|nee|alsjeblieft|sorry
tr: nasılsın|kimsin|evet|hayır|tamam|lütfen
pl: jak się masz|tak|nie|proszę
ru: как дела|кто ты|да|нет|ок|пожалуйста
"""

_MOST_WORDS = 12
_LONGEST = 200  # characters: more than so many words of the above have

_WORDS = re.compile(r"\w+")


def _phrases(block: str) -> set[str]:
    lines = (line.partition(":")[2] for line in block.split("\n"))
    return {phrase.strip() for line in lines for phrase in line.split("|") if phrase.strip()}


def _any_of(phrases: set[str]) -> str:
    return "|".join(sorted(phrases, key=len, reverse=True))


_CORE = _any_of(_phrases(_GREETS_OR_THANKS))
_BESIDE = _any_of(_phrases(_BESIDE_THEM))
_TALK = _any_of(_phrases(_GREETS_OR_THANKS) | _phrases(_BESIDE_THEM) | _phrases(_CHAT))
_SMALL_TALK = re.compile(rf"(?:{_TALK})(?: (?:{_TALK}))*")
_WHOLE = re.compile(rf"(?:(?:{_BESIDE}) )*(?:{_CORE})(?: (?:{_CORE}|{_BESIDE}))*")


def only_greets_or_thanks(form: str) -> bool:
    """Whether the normal form of a question is a greeting, thanks or goodbye and nothing else."""
    words = _WORDS.findall(form[:_LONGEST])
    return len(words) <= _MOST_WORDS and _WHOLE.fullmatch(" ".join(words)) is not None


def says_nothing(form: str) -> bool:
    """Whether the normal form of a question asks for nothing: small talk, or no letter and no digit."""
    words = _WORDS.findall(form[:_LONGEST])
    return len(words) <= _MOST_WORDS and (not words or _SMALL_TALK.fullmatch(" ".join(words)) is not None)
