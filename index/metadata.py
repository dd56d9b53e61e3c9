"""Who reported it and when: what a text says about itself in its first lines and its sign-off, and nothing guessed.

The names of people and places inside the prose are never read as outlet or author, nor a day in it as the day of
publication.
"""

import re
from dataclasses import replace

from index.clean import clean
from index.dates import parse_date
from index.draft import Draft, draft, web_address

_HEADER_LINES = 12  # no newspaper prints more above the first sentence


def finished(raw: Draft) -> Draft:
    """Clean a draft's text and take out of it what it says about itself; what the file said in fields counts first."""
    found = from_text(clean(raw.text), title=raw.title)
    # Without its header and sign-off a text can begin or end with furniture: the stored text is clean once more.
    return replace(raw.filled(found), text=clean(found.text))


# --- what a line of the header is -------------------------------------------------------------------------------------

_WIRES = frozenset({
    "reuters", "reuters staff", "afp", "agence france-presse", "ap", "the associated press", "associated press", "dpa",
    "xinhua", "upi", "pti", "ani", "ians", "tass", "interfax", "bloomberg", "kyodo", "anadolu", "anadolu agency", "efe",
    "ansa",
})  # fmt: skip
_OUTLETS = _WIRES | {
    "bbc",
    "cnn",
    "npr",
    "pbs",
    "dw",
    "al jazeera",
    "france 24",
    "euronews",
    "the hindu",
    "politico",
    "axios",
}
# Papers' names end so; words that titles end with as well ("Gold Hits Record") count only after "The".
_PAPER = re.compile(
    r"(?:News|Times|Post|Herald|Guardian|Tribune|Journal|Gazette|Telegraph|Chronicle|Observer|Courier|Examiner|Inquirer|Argus|"
    r"Agency|Network|Media|Broadcasting|Daily|Weekly)$|"
    r"^The .*(?:Star|Sun|Globe|Record|Review|Press|Express|Mirror|Independent|Mail|Standard|Dispatch|Echo|Bulletin|"
    r"Monitor|Reporter|Register|Ledger|Sentinel)$"
)
_STAFF = re.compile(r"\b(?:News|Agency|Network|Desk|Bureau|Times|Staff)\b|^The ")
_MIXED_CAPITALS = re.compile(r"\w*[A-Z]{2,}\w*")  # TRTWorld, TOLOnews, AFP
_PARTICLE = r"(?:and|&|de|del|della|der|den|di|da|dos|la|le|van|von|bin|ibn|al|el|ul|ur|of|the|y|e|with)"
_NAME = rf"[A-ZÀ-Þ][\w.'’-]*(?:,?\s(?:{_PARTICLE}|[A-ZÀ-Þ0-9][\w.'’-]*|(?:al|el|ul|d)[-'’][\w.'’-]+))*"
_SEPARATOR = re.compile(r"\s*[|•·]\s*")
_LATER = re.compile(r",\s(?=(?:last )?(?:updated|published)\b)", re.I)
_SENTENCE_END = re.compile(r"[.!?…:;,][\"'”’»)\]]*$")

_MARKER = re.compile(
    r"(?i:date|published)\s*:?\s*(\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-][\d:]+)?)?)\s+(?!\d{1,2}:\d\d)(?=[^\Wa-z_]|[\"'“‘])"
)
_PUBLISHED = re.compile(r"(?:first |originally )?(?:published|posted|publication date|date)(?: on| at)?(:?)\s*(.+)", re.I)
_UPDATED = re.compile(r"(?:last )?(?:updated|modified|update)(?: on| at)?(:?)\s*(.+)", re.I)
_LABELLED = re.compile(r"(title|headline|author|outlet|publisher|publication|source|url|link)\s*:\s*(\S.*)", re.I)
_LABELS = {"headline": "title", "publisher": "outlet", "publication": "outlet", "source": "outlet", "link": "url"}
_BYLINE = re.compile(rf"(?:By|BY|by|Written by|Reported by):?\s({_NAME})")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
# Without a comma only a whole date: Theresa May has a byline too.
_DATED = re.compile(
    rf"(.+?)(?:, (?=(?:\d{{1,2}} )?{_MONTH})| (?=\d{{1,2}} {_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}}, \d{{4}}))"
    rf"((?:\d{{1,2}} )?{_MONTH}(?:,? \d[\w, ]*)?)"
)
_SOURCES = re.compile(
    r"(?i:sources?)\s*:\s*(.{1,80}?)"
    r"(?:,?\s(?i:and|with|&)\s(?:other\s)?(?i:news\s)?(?i:agencies|agency|wires?|wire services?))?\.?"
)
_SIGNED = re.compile(rf"[-–—]{{1,3}}\s?({_NAME})\.?|[(\[]({_NAME})[)\]]\.?")
_DATELINE = re.compile(
    rf"(?P<place>[A-ZÀ-Þ][\w.'’-]*[,/]?\s(?:[A-ZÀ-Þ\d][\w.'’-]*[,/]?\s){{0,6}})?\((?P<outlet>{_NAME})\)\s?[-–—]{{1,2}}\s(?=\S)"
)
_OF_A_DAY = re.compile(r"(?P<name>[^,(]+)(?:,\s(?P<day>[^()]+)|\s\((?P<in_brackets>[^()]+)\))")
_RELATIVE = re.compile(r"\d|\b(?:ago|yesterday|today|just now)\b", re.I)


def from_text(text: str, *, title: str | None = None) -> Draft:
    r"""Read the header lines, the dateline and the sign-off of a plain text; the draft's text is what remains.

    With a title given, that one is taken off the start of the text and no other is looked for.

    >>> found = from_text("Valley floods\nBy A. Rao\n6 July 2021\n\nThe river rose on Monday.\n\n- Reuters")
    >>> found.title, found.outlet, found.published, found.author, found.text
    ('Valley floods', 'Reuters', '2021-07-06', 'A. Rao', 'The river rose on Monday.')
    """
    known = Draft(text, title=title)
    if title:
        known = replace(known, text=_without_title(text, title))
    known = _header(known, find_title=title is None)
    known = _sign_off(known)
    return known if known.outlet else replace(known, outlet=_dateline(known.text))


def _dateline(text: str) -> str | None:
    """Name the outlet of "KABUL, July 6 (Reuters) - ..."; a place not in capitals needs a wire service that we know."""
    match = _DATELINE.match(text.lstrip())
    if match is None:
        return None
    place = re.split(r"[\s,/]", match["place"] or "", maxsplit=1)[0]
    return match["outlet"] if not place or (len(place) > 2 and place.isupper()) or match["outlet"].lower() in _WIRES else None


def _without_title(text: str, title: str) -> str:
    """Drop a title from the start of a text, also where it is spread over several lines."""
    wanted = " ".join(title.split()).casefold()
    lines = text.split("\n")
    so_far = ""
    for number, line in enumerate(lines[:8], start=1):
        so_far = f"{so_far} {line.strip()}".strip()
        if so_far.casefold() == wanted:
            return "\n".join(lines[number:]).lstrip("\n")
        if not wanted.startswith(so_far.casefold()):
            break
    return text


def _header(known: Draft, *, find_title: bool) -> Draft:
    text = known.text.strip("\n ")
    if marker := _MARKER.match(text):
        known = replace(known, published=parse_date(marker[1]), text=text[marker.end() :])
        text = known.text
    lines = text.split("\n")
    written = [number for number, line in enumerate(lines) if line.strip()][: _HEADER_LINES + 1]
    if not written:
        return known
    place = 0
    if find_title and _is_outlet(lines[written[0]].strip()) and _is_title(lines, written[1:]):
        known = known.filled(Draft("", outlet=lines[written[0]].strip()))
        place = 1
    if find_title and _is_title(lines, written[place:]):
        known = replace(known, title=lines[written[place]].strip())
        place += 1
    used = place
    while place < len(written):
        line = lines[written[place]].strip()
        found = _line(line)
        if found is None and _stands_as_outlet(line, lines, written, place, known):
            found = Draft("", outlet=line)
        if found is None:
            break
        known = known.filled(found)
        place += 1
        used = place
    body = written[used] if used < len(written) else len(lines)
    return replace(known, text="\n".join(lines[body:]))


def _is_title(lines: list[str], written: list[int]) -> bool:
    """Take a short first line without a full stop as title when a header line or a paragraph follows."""
    if len(written) < 2:
        return False
    first, second = lines[written[0]].strip(), lines[written[1]].strip()
    if len(first) > 150 or not (first[0].isupper() or first[0].isdigit() or first[0] in "'\"‘“¿¡"):
        return False
    if _line(first) is not None:
        return False
    if _is_outlet(first):
        return False
    if _line(second) is not None:
        return not _SENTENCE_END.search(first) or first.endswith(("?", "!", "'", "’", "”", '"'))
    if _SENTENCE_END.search(first) and not first.endswith("?"):
        return False
    header_later = any(_line(lines[number].strip()) is not None for number in written[1:4])
    prose = len(second) >= 60 and not second[0].islower() and re.search(r"[.!?…][\"'”’»)\]]*(?:\s|$)", second) is not None
    return header_later or (prose and len(first.split()) >= 3)


def _line(line: str) -> Draft | None:
    """Say what one line of the header tells, or None when it is no header line."""
    if len(line) > 200:
        return None
    whole = _one_fact(line)
    if whole is not None:
        return whole
    bars = [piece for piece in _SEPARATOR.split(line) if piece]
    if len(bars) > 1:
        bars = [part for piece in bars for part in _LATER.split(piece)]
        return _facts(bars, sure=True)
    pieces = [part for piece in _LATER.split(line) for part in re.split(r"\s[-–—]\s", piece)]
    if len(pieces) == 1 and (match := _OF_A_DAY.fullmatch(line)):
        pieces = [match["name"], match["day"] or match["in_brackets"]]
    return _facts(pieces, sure=False) if len(pieces) > 1 else None


def _facts(pieces: list[str], *, sure: bool) -> Draft | None:
    """Read a line of several pieces; the one that is no date or name is the outlet, if `sure` or it looks like one."""
    found = Draft("")
    unknown = []
    for piece in pieces:
        fact = _one_fact(piece)
        if fact is None:
            unknown.append(piece)
        else:
            found = found.filled(fact)
    if not (found.published or found.updated or found.author):
        return None
    outlets = [piece for piece in unknown if _is_outlet(piece)]
    if not outlets and sure and len(unknown) == 1 and len(unknown[0]) <= 60 and re.fullmatch(_NAME, unknown[0]):
        outlets = unknown
    if not unknown:
        return found
    return found.filled(Draft("", outlet=outlets[0])) if len(outlets) == 1 and len(unknown) <= 2 else None


def _one_fact(line: str) -> Draft | None:
    if line in ("Published", "PUBLISHED"):  # the label; its date stands on the next line
        return Draft("")
    if day := parse_date(line):
        # A bare number heads a list or a table as often as it is a date.
        return None if line.isdigit() else Draft("", published=day)
    for pattern, field in ((_PUBLISHED, "published"), (_UPDATED, "updated")):
        if match := pattern.fullmatch(line):
            day = parse_date(match[2])
            if day or (match[1] and len(line) <= 60 and _RELATIVE.search(match[2])):
                return Draft("", published=day) if field == "published" else Draft("", updated=day)
    if label := _LABELLED.fullmatch(line):
        field = _LABELS.get(label[1].lower(), label[1].lower())
        if field == "outlet" and (sources := _SOURCES.fullmatch(line)):
            return Draft("", outlet=_first_source(sources[1]))
        return None if _SENTENCE_END.search(label[2]) and field != "title" else draft("", **{field: label[2]})
    if web_address(line):
        return Draft("", url=web_address(line))
    if byline := _BYLINE.fullmatch(line):
        return _byline(byline[1])
    return None


def _byline(name: str) -> Draft | None:
    """Split "A. Rao, Daily Post" into author and outlet; an agency that signs is the outlet, and a day is neither."""
    if len(name) > 100:
        return None
    if dated := _DATED.fullmatch(name):
        return Draft("", author=dated[1], published=parse_date(dated[2]))
    if "," not in name and (name.lower() in _OUTLETS or _STAFF.search(name)):
        return Draft("", outlet=_agency(name))
    author, comma, outlet = name.rpartition(", ")
    if comma and " and " not in outlet and "," not in author and len(outlet.split()) <= 4:
        return Draft("", author=author, outlet=_agency(outlet))
    return Draft("", author=name)


def _agency(name: str) -> str:
    """Write "Reuters Staff" as "Reuters"."""
    return re.sub(r"(?i)\s+staff$", "", name)


def _is_outlet(name: str) -> bool:
    """Tell whether a name alone is an outlet's: a known agency or broadcaster, or a kind of paper."""
    if name.lower() in _OUTLETS:
        return True
    return "," not in name and len(name.split()) <= 5 and bool(re.fullmatch(_NAME, name) and _PAPER.search(name))


def _stands_as_outlet(line: str, lines: list[str], written: list[int], place: int, known: Draft) -> bool:
    """Take a line beside byline or date as outlet: it looks like one, or is a few capitalised words below a title."""
    if known.outlet or len(line) > 60 or _SENTENCE_END.search(line):
        return False
    after = place + 1 < len(written) and _dated_or_signed(lines[written[place + 1]])
    if _is_outlet(line):
        return after or (place > 0 and _dated_or_signed(lines[written[place - 1]]))
    words = line.split()
    return after and known.title is not None and len(words) <= 4 and all(word[0].isupper() for word in words)


def _dated_or_signed(line: str) -> bool:
    fact = _line(line.strip())
    return fact is not None and bool(fact.author or fact.published or fact.updated)


def _sign_off(known: Draft) -> Draft:
    lines = known.text.rstrip("\n ").split("\n")
    for _ in range(3):
        while lines and not lines[-1].strip():
            lines.pop()
        # A text of one line is the article, whatever it looks like.
        if len(lines) < 2 or (found := _last_line(lines[-1].strip())) is None:
            break
        known = known.filled(found)
        lines.pop()
    return replace(known, text="\n".join(lines))


def _last_line(line: str) -> Draft | None:
    if len(line) > 120:
        return None
    if sources := _SOURCES.fullmatch(line):
        return Draft("", outlet=_first_source(sources[1]))
    if signed := _SIGNED.fullmatch(line):
        name = signed[1] or signed[2]
        outlet = _is_outlet(name) or _MIXED_CAPITALS.fullmatch(name) is not None
        return Draft("", outlet=_agency(name)) if outlet else None
    for pattern in (_PUBLISHED, _UPDATED):
        if (match := pattern.fullmatch(line)) and (day := parse_date(match[2])):
            return Draft("", published=day) if pattern is _PUBLISHED else Draft("", updated=day)
    return None


def _first_source(names: str) -> str | None:
    """Of "TRTWorld", "Dawn, AFP" or "agencies", the one outlet that is meant, if there is one."""
    several = [name for name in re.split(r",\s*|\s+(?:and|&)\s+|\s*/\s*", names) if name]
    own = [name for name in several if not re.fullmatch(r"(?i)(?:news )?(?:agencies|agency|wires?|various)", name)]
    if len(own) == 1 or (len(own) > 1 and own[0].lower() not in _WIRES and all(name.lower() in _WIRES for name in own[1:])):
        return own[0]
    return None
