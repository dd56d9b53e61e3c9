"""Whether a claim turns round what its source says: "denied" made "confirmed", a "not" lost or put in.

It compares opposites and what negations govern, within a few words of each other. It does not parse, so a claim turned round in
other words than these is not caught (`docs/verification.md` has how many are, and how many true claims it takes for turned).
"""

import re
from dataclasses import dataclass

from index.keyword import STOP_WORDS
from index.sentences import spans
from rag.lexicon import Lexicon

WINDOW = 6  # words on each side that say what an opposite is about
GOVERNED = 5  # content words after a negation
NEAR = 0.75  # of the most words that a sentence of the source shares with the claim
HELD = 0.6  # of what a negation governs, in the other text: the two speak of one thing

# Words that say a thing, against words that say its opposite. General English, in every form that news writes.
_OPPOSITES = tuple(
    tuple(frozenset(side.split()) for side in pair.split("|"))
    for pair in (
        "confirm confirms confirmed confirming acknowledge acknowledges acknowledged admit admits admitted affirm affirmed|"
        "deny denies denied denying denial dispute disputes disputed refute refutes refuted repudiated",
        "accept accepts accepted accepting approve approves approved approving agree agrees agreed agreeing endorse endorsed "
        "adopt adopted adopts pass passed passes ratified ratify|reject rejects rejected rejecting refuse refuses refused "
        "refusing decline declined declines veto vetoed rebuff rebuffed spurned",
        "support supports supported supporting back backs backed backing favour favours favoured favor favored welcome "
        "welcomed praise praised praises|oppose opposes opposed opposing opposition criticise criticised criticize criticized "
        "condemn condemned condemns denounce denounced",
        "rise rises rose risen rising increase increases increased increasing grow grows grew grown growing climb climbed "
        "climbs surge surged jump jumped soar soared gain gained gains raise raised raises|fall falls fell fallen falling "
        "decrease decreases decreased decreasing drop drops dropped dropping decline declined declining shrink shrank shrunk "
        "sink sank plunge plunged lower lowered cut cuts reduce reduced reduces lose lost",
        "win wins won winning victory victorious|lose loses lost losing defeat defeated",
        "begin begins began begun beginning start starts started starting launch launched launches resume resumed resumes|end "
        "ends ended ending stop stops stopped stopping finish finished halt halted halts cease ceased suspend suspended",
        "continue continues continued continuing|stop stops stopped stopping halt halted end ended cease ceased",
        "open opens opened opening reopen reopened|close closes closed closing shut shuts closure",
        "allow allows allowed allowing permit permits permitted let|ban bans banned banning forbid forbade forbidden prohibit "
        "prohibits prohibited prevent prevents prevented block blocks blocked barred bar",
        "arrive arrives arrived arriving enter enters entered entering join joins joined joining|leave leaves left leaving "
        "depart departs departed exit exited quit quits withdraw withdrew withdrawn",
        "release releases released releasing free freed|arrest arrests arrested detain detains detained imprison imprisoned "
        "jail jailed capture captured",
        "survive survives survived|die dies died killed perished",
        "succeed succeeds succeeded succeeding success successful successfully|fail fails failed failing failure unsuccessful "
        "unsuccessfully",
        "remember remembers remembered|forget forgets forgot forgotten",
        "include includes included including|exclude excludes excluded excluding",
        "attack attacks attacked attacking|defend defends defended defending",
        "build builds built building construct constructed|demolish demolished destroy destroys destroyed dismantle dismantled",
        "hire hired hires appoint appointed appoints|fire fired fires dismiss dismissed sack sacked",
        "buy buys bought buying purchase purchased|sell sells sold selling",
        "borrow borrows borrowed|lend lends lent",
        "encourage encourages encouraged urge urged|discourage discourages discouraged",
        "improve improves improved improving improvement|worsen worsens worsened worsening deteriorate deteriorated",
        "better|worse",
        "strengthen strengthens strengthened|weaken weakens weakened",
        "expand expands expanded widen widened|contract contracted narrow narrowed shrink shrank",
        "more greater larger bigger higher|less fewer smaller lower",
        "most|fewest least",
        "above over exceed exceeds exceeded exceeding beyond|below under beneath",
        "before prior|after following since",
        "earlier|later",
        "first|last final",
        "early|late",
        "high highest|low lowest",
        "large largest big biggest|small smallest",
        "long longest|short shortest",
        "old oldest older|new newest young youngest younger",
        "strong strongest|weak weakest",
        "rich richest wealthy|poor poorest",
        "hot warm hottest|cold cool coldest",
        "safe safely|dangerous unsafe",
        "legal lawful legally|illegal unlawful illegally",
        "possible likely|impossible unlikely",
        "able|unable",
        "true correct right accurate|false untrue incorrect wrong inaccurate",
        "guilty convicted convict|innocent acquitted acquit cleared",
        "public publicly|private privately secret secretly",
        "same|different",
        "always|never seldom rarely",
        "often frequently|seldom rarely",
        "all every everyone everybody|none nobody",
        "many|few",
        "majority|minority",
        "top|bottom",
        "north northern|south southern",
        "east eastern|west western",
        "left|right",
        "male men man boy boys|female women woman girl girls",
        "war fighting|peace",
        "ally allies friend friends|enemy enemies rival rivals",
        "profit profits profitable|loss losses unprofitable",
        "present|absent missing",
        "inside indoors|outside outdoors",
        "innocent|guilty",
        "temporary temporarily|permanent permanently",
        "voluntary voluntarily|compulsory mandatory forced",
        "dead|alive",
        "positive|negative",
        "optimistic hopeful|pessimistic",
        "trust trusts trusted|distrust distrusts distrusted mistrust",
        "love loves loved like likes liked|hate hates hated dislike disliked",
        "import imports imported|export exports exported",
        "upheld uphold upholds|overturn overturned overturns quash quashed struck",
        "extend extended extends lengthen lengthened|shorten shortened shortens",
        "complete completed completely|incomplete partial partly partially",
        "united unanimous unanimously|divided split",
        "keep keeps kept retain retained|drop dropped abandon abandoned scrap scrapped",
    )
)
_PARTICLES = frozenset("not no never none nobody nothing neither nor without cannot hardly barely".split())
_NEGATIVE = frozenset(
    "deny denies denied denying denial reject rejects rejected rejecting refuse refuses refused refusing fail fails failed "
    "failing failure decline declines declined oppose opposes opposed dismiss dismisses dismissed lack lacks lacked lacking "
    "unable unlikely impossible false untrue avoid avoids avoided prevent prevents prevented cancel cancels cancelled "
    "canceled abandon abandoned abandons stop stopped halted ban banned bans forbid forbade forbidden prohibited refuted "
    "disputed disputes".split()
)
_BE = frozenset("is are was were be been being".split())
_SPOKEN = frozenset("more most before after above below over under all few same".split())
# Words that may stand between a "not" and what it negates.
_BETWEEN = frozenset(
    "a an the any be been being is are was were have has had to yet ever so very as that it they he she".split()
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.;:!?—()]|,")
_BREAKS = frozenset(".,;:!?—()")
_HINGES = frozenset("but although though while whereas however yet".split())


@dataclass(frozen=True, slots=True)
class _Text:
    words: tuple[str, ...]
    stems: tuple[str | None, ...]  # None for stop words and marks

    def around(self, place: int) -> set[str]:
        return {stem for stem in self.stems[max(0, place - WINDOW) : place + WINDOW + 1] if stem} - {self.stems[place]}

    def governed(self, place: int) -> list[str]:
        """The content words that a negation speaks of: those after it in its clause, before it where it is passive."""
        passive = self.words[place].endswith(("ed", "en")) and any(
            word in _BE for word in self.words[max(0, place - 2) : place]
        )
        found: list[str] = []
        for at in range(place - 1, -1, -1) if passive else range(place + 1, len(self.words)):
            if self.words[at] in _BREAKS or self.words[at] in _HINGES or len(found) == GOVERNED:
                break
            if stem := self.stems[at]:
                found.append(stem)
        return found


def turned(claim: str, source: str, lexicon: Lexicon) -> str | None:
    """What is turned round in a claim, in words for a reader; None when nothing is seen to be."""
    known = _known(lexicon)
    said, found = _read(claim, lexicon), _nearest(_read(claim, lexicon), source, lexicon)
    own = _signs(_read(source, lexicon))
    return _opposite(said, found, known, own) or _negated(said, found, known)


@dataclass(frozen=True, slots=True)
class _Known:
    """Which opposites a stem belongs to, as (pair, side), and the stems that negate what they govern."""

    sides: dict[str, tuple[tuple[int, int], ...]]
    negative: frozenset[str]


def _known(lexicon: Lexicon) -> _Known:
    sides: dict[str, list[tuple[int, int]]] = {}
    for number, pair in enumerate(_OPPOSITES):
        for side, words in enumerate(pair):
            for stem in sorted({stem for word in words for stem in lexicon.stems(word)}):
                sides.setdefault(stem, []).append((number, side))
    negative = frozenset(stem for word in _NEGATIVE for stem in lexicon.stems(word))
    return _Known({stem: tuple(found) for stem, found in sides.items()}, negative)


def _nearest(said: _Text, source: str, lexicon: Lexicon) -> _Text:
    """The sentences of a source that a claim is about: those that share nearly as many words with it as any does."""
    read = [(source[start:end], _read(source[start:end], lexicon)) for start, end in spans(source)]
    shared = [len({stem for stem in said.stems if stem} & set(each.stems)) for _, each in read]
    near = [text for (text, _), count in zip(read, shared, strict=True) if count >= NEAR * max(shared)]
    return _read(" ".join(near), lexicon)


def _read(text: str, lexicon: Lexicon) -> _Text:
    words: list[str] = []
    for word in _WORD.findall(text.lower().replace("’", "'")):
        if word in {"can't", "cannot"}:
            words += ["can", "not"]
        elif word.endswith("n't"):
            words += [word[:-3], "not"]
        else:
            words.append(word)
    return _Text(tuple(words), tuple(_stem(word, lexicon) for word in words))


def _stem(word: str, lexicon: Lexicon) -> str | None:
    # Some opposites are stop words of the search.
    if not word[0].isalnum() or word in _PARTICLES or (word in STOP_WORDS and word not in _SPOKEN):
        return None
    return next(iter(lexicon.stems(word)), None)


def _sign(text: _Text, at: int, side: int) -> int:
    """Which side a word is on once a "not" that governs it is taken into account."""
    for before in range(at - 1, -1, -1):
        if text.words[before] in _PARTICLES and text.words[before] != "without":
            return 1 - side
        if text.words[before] not in _BETWEEN and not text.words[before].endswith("ly"):
            break
    return side


def _signs(text: _Text) -> set[tuple[str, int]]:
    return {(stem, _sign(text, at, 0)) for at, stem in enumerate(text.stems) if stem}


def _opposite(said: _Text, found: _Text, known: _Known, own: set[tuple[str, int]]) -> str | None:
    for at, stem in enumerate(said.stems):
        if stem is None or stem not in known.sides:
            continue
        if (stem, _sign(said, at, 0)) in own:
            continue  # the source's own word
        for pair, side in known.sides[stem]:
            places = [
                (len(said.around(at) & found.around(other)), _sign(found, other, theirs), other)
                for other, each in enumerate(found.stems)
                for theirs_pair, theirs in known.sides.get(each or "", ())
                if theirs_pair == pair
            ]
            best = max((shared for shared, _, _ in places), default=0)
            near = {sign for shared, sign, _ in places if shared == best}
            if best and near == {1 - _sign(said, at, side)}:
                theirs_at = next(other for shared, _, other in places if shared == best)
                mine, theirs_word = said.words[at], found.words[theirs_at]
                both = found.stems[theirs_at] == stem
                return f"“{mine}” is turned round" if both else f"it says “{mine}” where the source says “{theirs_word}”"
    return None


def _negated(said: _Text, found: _Text, known: _Known) -> str | None:
    for one, other, words in (
        (said, found, "it says “{}” of what the source states"),
        (found, said, "the source says “{}” of what it states"),
    ):
        negations = _negations(other, known)
        denied = {stem for at in negations for stem in other.governed(at)}
        held = {stem for stem in other.stems if stem}
        for at in _negations(one, known):
            governed = [stem for stem in one.governed(at) if stem != one.stems[at]]
            shared = [stem for stem in governed if stem in held]
            if not shared or len(shared) < HELD * len(governed) or set(shared[:2]) & denied:
                continue
            if not _told_otherwise(one, at, other, known):
                return words.format(one.words[at])
    return None


def _told_otherwise(one: _Text, at: int, other: _Text, known: _Known) -> bool:
    """Whether the other text says the same by an opposite: "not close" by "open", or has the very word that negates."""
    stem = one.stems[at]
    if stem is not None and stem in other.stems:
        return True
    # Of "rejected" the same side says the same, of "not close" the other side.
    same = {
        (pair, side if stem else 1 - side)
        for each in ([stem] if stem else one.governed(at)[:2])
        for pair, side in known.sides.get(each, ())
    }
    return any(each in same for theirs in other.stems for each in known.sides.get(theirs or "", ()))


def _negations(text: _Text, known: _Known) -> list[int]:
    return [
        at
        for at, word in enumerate(text.words)
        if word in _PARTICLES or (text.stems[at] is not None and text.stems[at] in known.negative)
    ]
