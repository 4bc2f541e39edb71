"""Words that hold sentences together and say nothing of what they are about, by language."""

from typing import Final

_LISTS = """
en: a about after again all also am an and any are aren as at be because been before being but by can
en: can't cannot could couldn couldn't did didn didn't do does doesn doesn't doing don don't for from get
en: give go going got had has have having he her here hers him his how i i'd i'll i'm i've if in into is
en: isn isn't it it's its just know let like ll may me might mine more most much must my need no not of
en: off on once only or other our ours out over own please re really same shall she should shouldn so
en: some such tell than that that's the their theirs them then there these they this those through to too
en: under until up us very ve want was wasn we were what what's when where where's which while who who's
en: whom whose why will with won won't would wouldn yes you you're your yours
de: ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist
de: bitte da dann darf das dass dein deine deinen deiner dem den denn der des dich die dies diese diesem
de: diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer
de: eure für gegen geht gibt hab habe haben habt hast hat hatte hier ich ihm ihn ihnen ihr ihre ihren
de: ihrer im in ins ist ja jede jeden jeder jedes jetzt kann kannst kein keine keinen können könnt könnte
de: könnten man mein meine meinem meinen meiner mich mir mit möchte muss müssen nach nein nicht noch nun
de: nur ob oder ohne schon sehr sein seine seinen seit sich sie sind so soll um und uns unser unsere
de: unter vom von vor war was weil welche welchem welchen welcher welches wenn wer werde werden wie
de: wieder wir wird wo wohin wurde zu zum zur über
fr: a ai as au aux avec avez avoir avons bien c ce cela ces cet cette combien comme comment d dans de des
fr: dois doit donc du elle elles en es est et eu eux faire fait faut il ils j je l la le les leur leurs
fr: lui m ma mais me mes moi mon n ne nos notre nous on ont ou où par pas peut peux plus pour pourquoi
fr: pouvez puis qu quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont suis sur t
fr: ta te tes toi ton tu un une vos votre vous voudrais y à ça été être
es: a al algo algún alguna como con cuál cuándo cuánto cuánta cuántos cuántas cómo de del desde donde
es: dónde e el ella ellos en entre era es esa ese eso esta estaba estar este esto estos está están fue ha
es: hace hacer hay he la las le les lo los me mi mis mucho muy más ni no nos o os para pero por porque
es: puede puedo pueden que quiero quién qué se ser si sin sobre son su sus sí también te tengo tiene
es: tienen tu tus u un una uno unos usted y ya yo él
it: a abbiamo agli ai al alla alle allo anche avete c che chi ci come con cosa d da dal dalla dei del
it: dell della delle dello devo di dove dov e ed era fa faccio fare gli ha hai hanno ho i il in io l la
it: le lei lo loro lui ma me mi mia mie miei mio molto nei nel nella nelle no noi non nostra nostro o per
it: perché più posso può puoi qual quale quali quando quanta quante quanti quanto quella quello questa
it: queste questi questo se sei si sia siamo sono su sua sul sulla suo ti tra tu tua tuo un una uno vi
it: voglio voi vorrei vostra vostro è
pt: a ao aos as até com como da das de dela dele do dos e ela ele eles em entre era essa esse esta este
pt: estou está eu faz fazer foi há isso isto já la lhe mais mas me meu meus minha minhas muito na nas no
pt: nos não o onde os ou para pela pelo por porque posso pode preciso qual quais quando quanto quantos
pt: que quem quero se sem ser seu seus sua suas são só também te tem tenho teu tu tua um uma vocês você
pt: vou à às é
nl: aan al alles als altijd ben bij dan dat de deze die dit doe doen door dus een en er ga gaat geen
nl: graag had heb hebben hebt heeft hem het hij hoe hoeveel hun ik in is ja je jij jouw jullie kan kun
nl: kunnen kunt maar me met mij mijn moet moeten mag mogen na naar niet nog nu of om omdat onder ons onze
nl: ook op over te tegen toch toe tot u uit uw van veel voor waar waarom wanneer was wat we wel welk
nl: welke wie wij wil worden wordt zal ze zich zij zijn zo zonder zou
tr: acaba ama ancak bana bazı ben beni benim bir biraz biz bize bizim bu buna bunu burada ben çok da daha
tr: de değil diye en gibi ha hangi hem her hiç için ile ise istiyorum kaç kadar ki kim mi mı mu mü
tr: musunuz mısınız nasıl ne neden nerede nereden nereye niye o olan olarak oldu on ona onu onun sana sen
tr: seni senin siz size sizin sonra şey şu ve veya var ya yok zaman lütfen misiniz
pl: a aby ale bardzo bez być będzie chcę chciałbym chciałabym co czy dla do gdy gdzie go i ich ile im ja
pl: jak jaka jaki jakie jako jego jej jest jestem jestem jestem jesteście jeszcze jeśli już kiedy kto
pl: która które który lub ma mam mi mnie moja moje mogę może można mój na nad nie nich niż o od on ona
pl: one oni po pod proszę przed przez przy są się ta tak także tam te tego tej ten to tu ty tylko tym u w
pl: we więc wy z za ze że
sv: alla att av bara blir då de den det dig din du där efter eller en er ett finns från för ha har hej
sv: hur här i inte jag kan kommer man med men mig min mitt mycket mån ni nu när något och om oss på sig
sv: ska som så till upp ut vad var varför vem vi vill vilken är över
da: af alle at bare bliver da de dem den der det dig din du efter eller en er et fra får for gør ham han
da: har have hvad hvem hvor hvordan hvorfor hvornår i ikke jeg kan man med meget men mig min mit må ned
da: nogle noget nu når og om op os på sig skal som til ud var ved vi vil være
ru: а без более бы был была были было быть в вам вас весь во вот вы где да для до его ее если есть еще
ru: ещё же за и из или им их к как какая какие какой когда ко кто куда ли мне могу можно мой моя мы на
ru: над не нет ни но о об он она они от по под почему при с сколько со так также такой там то того только
ru: ты у уже хочу чем что чтобы эта эти это этот я
uk: або але був була було бути в вам ви від він вона вони де для до є за і з із й його їх коли котрий ми
uk: можна на не немає ні про та так те ти то треба у хочу хто це цей чи чому що щоб я як яка які який
ar: أن أنا أنت أو أي إلى إن التي الذي في فيه كان كل كم كيف لا لم لي ليس ما ماذا متى مع من هذا هذه هل هناك
ar: هو هي و يا على عن عند أريد لماذا أين يمكن يمكنني
"""

_SINGLE = frozenset("abcdefghijklmnopqrstuvwxyz")
"""What is left of words at an apostrophe, and counts of letters: of no language."""


def _read() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _LISTS.strip().splitlines():
        language, _, words = line.partition(":")
        found.setdefault(language, set()).update(words.split())
    return {language: frozenset(words) for language, words in found.items()}


STOP_WORDS: Final = _read()
"""By language, in small letters."""

_OF_ANY: Final = frozenset().union(_SINGLE, *STOP_WORDS.values())


def stop_words_of(language: str) -> frozenset[str]:
    """Those of a language (`de`, `de-AT`), or of all of them where it has no list."""
    own = STOP_WORDS.get(language.partition("-")[0])
    return _OF_ANY if own is None else own | _SINGLE
