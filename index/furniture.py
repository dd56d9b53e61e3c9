"""Whole lines that belong to the page and not to the article: captions, link lists, share bars, notices.

Each form is general; none names a site's wording that prose could share. It never cuts inside a line, and a line that
could be a sentence of the article stays.
"""

import re

_LONGEST = 400  # No caption or notice is longer; an article squeezed into one line is.

_NO_END = r"(?!.*[.!?…][\"'”’»)\]]*$)"  # looks ahead: the line does not end as a sentence does
_NAMES = r"[A-ZÀ-Þ][\w.'’-]*(?:[ ,/|]{1,3}(?:(?:and|de|von|van|bin|al|for|via)\b|[A-ZÀ-Þ][\w.'’-]*))*"

# Forms at the start of a line. Case counts only where a capital is what tells a label from a sentence.
_CAPTION = re.compile(
    rf"""
    (?i:image|media|video|figure)\ ?(?i:copyright|caption|source)(?=[A-Z0-9"“‘'(])  # image copyrightEPAimage caption...
    | (?i:image|media|video|figure)\ (?i:caption)(?:\ ?:|\ ?,\ ?(?=[A-Z0-9"“‘']))    # Image caption, The bridge ...
    | (?i:image|media|video|figure)\ (?i:copyright|source)\ ?[,:]{_NO_END}           # Image source, EPA
    | (?:Image|Media|Video)\ caption\ (?=[A-Z0-9"“‘'])                               # Image caption Clashes ...
    | (?:Image|Media|Video)\ copyright\ (?=[A-Z0-9"“‘'])(?:(?=.*\bcaption\b)|{_NO_END})
    | (?i:(?:file\ )?(?:photo(?:graph)?s?|picture|image|video|illustration)\ (?:credits?|by|courtesy)\ ?[:|]\ ?\S)
    | (?i:(?:file\ )?(?:photo(?:graph)?s?|picture|image|video|illustration|caption)|credits?)\ ?[:|]\ ?(?![a-z\s]){_NO_END}
    | (?i:photo|image|picture)\ (?:(?i:credits?|by)|(?i:courtesy)(?:\ (?i:of))?)\ (?:{_NAMES}\.?$|[A-Z]{_NO_END})
    | FILE\ (?:PHOTO|IMAGE|PICTURE)\b
    | FILE\ ?[–—] | FILE\ ?-(?!\w)
    """,
    re.VERBOSE,
)
# A bracket that says it is about the picture. "(... is shown in photos by police.)" is a sentence of its own.
_PICTURE_END = re.compile(
    r"[(\[](?:(?:AP|AFP|EPA|Reuters|Getty|File|Handout|Courtesy) [Pp]hotos?\b[^()\[\]]{0,60}"
    r"|[Pp]hotos? ?(?:[:/]|by|credit|courtesy)[^()\[\]]{0,60}|File:[^()\[\]]{0,80}"
    r"|(?:[\w.'’-]+[ /]){0,6}Getty Images)(?<![.!?])[)\]]$"
)
# A person and an agency are a picture's credit; "(dpa/AFP)", and any such bracket after a full stop, may sign an article.
_CREDIT_END = re.compile(
    r"(?<![.!?…\"'”’»])(?<![.!?…\"'”’»] )"
    r"[(\[](?:(?i:handout|stringer|pool|file)|(?!(?:AP|AFP|EPA|DPA)\b)[A-ZÀ-Þ][\w.'’-]*(?: [\w.'’-]+){0,3}"
    r" (?:[a-z]+[-'’])?[A-ZÀ-Þ][\w.'’-]*) ?/ ?(?:AP|AFP|EPA|Reuters|REUTERS)[)\]]$"
)
_CREDIT = re.compile(
    r"(?:© ?)?(?:[\w.'’-]+(?: [\w.'’-]+){0,3} ?(?:/|via) ?){0,3}"
    r"(?:Getty Images|Shutterstock|iStock|AP Photo|EPA-EFE|Alamy)(?: ?/ ?[\w.'’ -]{1,40})?"
)
_LINK = re.compile(
    rf"""(?ix)
    (?:(?:read|see|watch|listen)\ (?:more|also|next|here)|also\ (?:read|see)|must\ read|more\ on\ this(?:\ story)?
      |related\ (?:topics?|stor(?:y|ies)|articles?|news|links?|content|coverage|reading|posts?|videos?)
      |don['’]t\ miss)\ ?[:|»]\ ?\S
    | (?-i:READ|SEE|WATCH|LISTEN|RELATED|MORE|EXPLORE|RECOMMENDED)\ ?[:|»]\ ?\S
    | (?:read|see|watch|listen|related|more|explore|recommended)\ ?[:|»]\ ?(?=\S)(?-i:(?!.*[.!…]["'”’»)\]]*$))
    | read\ more(?:\ here|\ (?:about|on|at|in|from)\ .*\bhere)?\ ?[.:…»>→]*$
    | read\ more\ (?:about|on|at|in|from)\b{_NO_END}
    """
)
_NETWORK = r"(?:twitter|x|facebook|instagram|telegram|whatsapp|youtube|linkedin|google\ news|tiktok|threads|mastodon|bluesky)"
_ADVERT = r"(?:advert\w*|ads?|videos?|photos?|gallery|image|promotion|newsletter|form)"
_NOTICE = re.compile(
    rf"""(?ix)
    share(?:\ this)?(?:\ (?:article|story|page|post|video|link))?(?:\ (?:on|via|with|to|using)\ [\w ,&]{{1,40}})?
    | tweet | copy\ link | print(?:\ this\ page)? | play\ video | back\ to\ top | show\ more | loading(?:\.{{3}}|…)?
    | (?:sign\ up|subscribe)\ (?:to|for|now|today|here|free)\b.*
        \b(?:newsletters?|alerts?|inbox|updates|briefing|channel|podcast|app)\b.*
    | (?:sign\ up|subscribe)(?:\ (?:now|here|today|to\ read\ more))?[.!]?
    | get\ (?:the\ latest|all\ the|more|our)\ .*\b(?:newsletter|inbox|app)\b.*
    | download\ our\ .*\bapp\b.*
    | download\ the\ (?:[\w&-]+\ ){{0,4}}app(?:\ (?:now|today|here|for\ free|(?:on|from|for)\ [\w ]{{1,40}}))*[.!]?
    | advertis(?:e?ment|ing)s? | advertise?ment\ [-–—:](?:.{{0,20}}\b(?:scroll|continue)\b.{{0,40}}|[^.!?]{{0,60}})
    | sponsored(?:\ content)? | promoted(?:\ content)?
    | (?:article|story)\ continues\ (?:below|after)(?:\ (?:this\ |the\ )?{_ADVERT})?[.:]?
    | continue\ reading(?:\ [^.!?]{{0,80}})?
    | skip\ (?:to|ad|past)\b[^.!?,]{{0,60}} | scroll\ (?:down\ )?to\ continue[^!?,]{{0,60}}
    | follow\ us(?:\ (?:on|at|via|here)\b.*|\ ?@.*|[.:!]?)
    | (?:follow\ (?:us|our|him|her|them|me|(?-i:(?:the\ |@)?[A-ZÀ-Þ]))|(?:find|like|join)\ (?:us|our)\b
        |join\ the\ (?:conversation|discussion|debate)\b)[^,;:]{{0,60}}
        \ on\ {_NETWORK}(?:(?:,|\ and|\ or|,\ and|\ &)\ {_NETWORK})*[.!]?
    | (?:click|tap)\ here(?:\ (?:to|for|if)\b.*|[.!:]?)
    | (?:we|this\ (?:web)?site|our\ (?:web)?sites?|we\ and\ our\ partners)\ uses?\ cookies\b.*
    | by\ (?:continuing|using|browsing|clicking)\b.*\byou\ (?:agree|accept|consent)\b.*\bcookies?\b.*
    | (?:accept|reject|manage)(?:\ (?:all|your|my))?\ cookies[^.!?,]{{0,60}}
    | cookies?\ (?:policy|settings|preferences|notice|consent)
    | ©\ ?.* | (?:copyright\ (?:©|\(c\)|\d{{4}})|\(c\)\ (?:copyright\ )?\d{{4}})(?:[–-]\d{{2,4}})?(?:,?\ (?-i:[A-ZÀ-Þ].*))?\.?
    | (?:.{{0,120}}(?:[.,|]|\d{{4}}|©|copyright).{{0,80}}\ )?all\ rights\ reserved\.?
    | our\ standards:\ .*\bprinciples\b.*
    | the\ \w+\ is\ not\ responsible\ for\ the\ content\ of\ external\ sites?\b.*
    | (?:view\ |leave\ a\ |post\ a\ |add\ a\ |\d+\ )?comments? | \d{{1,3}}[\ -]min(?:ute)?s?\ read
    | listen\ to\ this\ (?:article|story)[^.!?,]{{0,60}}
    """,
)
# A page's own notice reports nobody's words: "Click here and your money is gone, the bank warned."
_REPORTED = re.compile(
    r"(?i)\b(?:sa(?:id|ys?|ying)|told|tells|ask(?:ed|s)|urge[ds]|begged|beg|wrote|writes|warn(?:ed|s|ing)|shout(?:ed|s)"
    r"|order(?:ed|s)|repl(?:ied|ies)|add(?:ed|s)|announced|according|ruled|argue[ds]|promised|advised|was|were|had)\b"
)
# Words that alone could be a heading, and beside one another or a share line are a share bar.
_SHARE_BAR = re.compile(
    r"(?i:(?:facebook|twitter|x|whats ?app|e-?mail|messenger|telegram|linkedin|pinterest|reddit|copy link|share|tweet"
    r"|print|save)(?:[ ,|/·•]+|$))+"
)
_HEADING = re.compile(
    r"""(?ix)
    (?:related(?:\ (?:topics?|stor(?:y|ies)|articles?|news|links?|content|coverage|internet\ links|reading|posts?
      |videos?|tags))?
    | more\ on\ this(?:\ story|\ topic)?
    | you\ (?:may|might)\ also\ (?:like|be\ interested\ in) | recommended(?:\ for\ you)?
    | most\ (?:read|popular|viewed) | read\ also | also\ read | see\ also | read\ next | what\ to\ read\ next
    | trending(?:\ now)? | top\ stories | latest\ (?:news|stories|headlines))\ ?:?
    """
)
_BULLET = re.compile(r"^[•·▪‣◦■*►▶»–-] ?(?=\S)")
_LINK_LABEL = re.compile(
    r"(?:EXPLAINER|EXPLAINED|ANALYSIS|READ|READ MORE|WATCH|LISTEN|PROFILE|VIDEO|PODCAST|OPINION|TIMELINE|LIVE"
    r"|IN PICTURES|PICTURES|FACT ?CHECK|REALITY CHECK|QUIZ|INTERVIEW|LONG READ|MORE|VIEWPOINT|FEATURE|GALLERY|MAP|AUDIO"
    r"|BACKGROUND|SPECIAL REPORT) ?[:|]"
)
_MORE = re.compile(r"(?:READ|WATCH|LISTEN)\b")  # links whatever follows; "BACKGROUND: The war began in 2001." may be text
_SENTENCE_END = re.compile(r"[.!…][\"'”’»)\]]*$")
_SIGN_OFF = re.compile(r"(?i:sources?|published|updated|by)\b|[-–—]{1,3} ?\w+(?: \w+){0,2}$|\(")  # read later as metadata
_AGENCY = re.compile(r" ?[(\[][A-Z][^()\[\]]{0,60}[)\]]$")


def without_furniture(text: str) -> str:
    r"""Leave out the lines that are page furniture; the other lines come back as they were, in order.

    >>> without_furniture("Share this article\nThe vote passed.\n• EXPLAINER: How votes work")
    'The vote passed.'
    """
    lines = [line for line in text.split("\n") if not _alone(line)]
    return "\n".join(_without_link_lists(_without_share_bars(_without_twin_captions(lines))))


def _alone(line: str) -> bool:
    line = line.strip()
    if not line or len(line) > _LONGEST:
        return False
    bare = _BULLET.sub("", line, count=1)
    return bool(
        _CAPTION.match(line)
        or _PICTURE_END.search(line)
        or _CREDIT_END.search(line)
        or _CREDIT.fullmatch(line)
        or (len(bare) <= 200 and _LINK.match(bare))
        or (_NOTICE.fullmatch(bare) and not (_SENTENCE_END.search(bare) and _REPORTED.search(bare)))
        or (_BULLET.match(line) and _LINK_LABEL.match(bare) and not (_SENTENCE_END.search(bare) and not _MORE.match(bare)))
    )


def _without_twin_captions(lines: list[str]) -> list[str]:
    """Drop both copies of a caption: the same words twice running, once with an agency in brackets at the end."""
    kept: list[str] = []
    written: list[int] = []  # places in `kept` that hold text, so that blank lines between twins do not count
    for line in lines:
        if line.strip() and written and _twins(kept[written[-1]], line):
            del kept[written.pop() :]
            continue
        if line.strip():
            written.append(len(kept))
        kept.append(line)
    return kept


def _twins(first: str, second: str) -> bool:
    shorter, longer = sorted((first.strip(), second.strip()), key=len)
    if not longer.startswith(shorter) or len(longer) > _LONGEST + 60:
        return False
    agency = _AGENCY.search(longer)
    return agency is not None and longer[: agency.start()].rstrip() == shorter


def _without_share_bars(lines: list[str]) -> list[str]:
    written = [line.strip() for line in lines if line.strip()]
    bars = [_SHARE_BAR.fullmatch(line) is not None for line in written]
    drop = [
        bar and (len(line.split()) > 1 or any(bars[max(number - 1, 0) : number]) or any(bars[number + 1 : number + 2]))
        for number, (line, bar) in enumerate(zip(written, bars, strict=True))
    ]
    verdicts = iter(drop)
    return [line for line in lines if not (line.strip() and next(verdicts))]


def _without_link_lists(lines: list[str]) -> list[str]:
    """Drop "Related" headings and the links below them: short bullets, or at the text's end any short lines."""
    written = [number for number, line in enumerate(lines) if line.strip()]
    drop: set[int] = set()
    in_list = False
    for place, number in enumerate(written):
        line = lines[number].strip()
        if _HEADING.fullmatch(_BULLET.sub("", line, count=1)):
            drop.add(number)
            in_list = True
            rest = written[place + 1 : place + 18]
            topics = [other for other in rest if not _SIGN_OFF.match(lines[other].strip())]
            if place > 0 and len(rest) <= 15 and all(_short(lines[other]) for other in topics):
                drop.update(topics)
        elif in_list and _BULLET.match(line) and _short(line):
            drop.add(number)
        else:
            in_list = False
    return [line for number, line in enumerate(lines) if number not in drop]


def _short(line: str) -> bool:
    return len(line.strip()) <= 120 and not _SENTENCE_END.search(line.strip())
