"""How well the check of a model's sentences tells true ones from false: `python -m evals.benchmarks.verification`.

True ones are sentences of CLAPnq's answers, which people wrote from the sentences that they are checked against. False ones
are the same with one thing changed: a number, a name, a date, a negation put in or taken out, or another question's source.
Changes are drawn with a seed and looked at by nobody. Every second question is for choosing thresholds; figures are of the
others. The pairs of `negation_pairs.jsonl` were written for this project.
"""

import argparse
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from index import embed, sentences
from index.clean import clean
from index.keyword import KeywordIndex
from index.records import Article
from rag import forms, verify
from rag.polarity import turned
from rag.records import Evidence

PAIRS = Path(__file__).with_name("negation_pairs.jsonl")
SEED = 6
LEAST_WORDS = 6
KINDS = ("true", "number", "name", "date", "negation", "another source")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, the words it cites, and what was changed in it; `held_out` says whether no threshold has seen it."""

    kind: str
    sentence: str
    cited: Evidence
    held_out: bool


def claims(folder: Path) -> list[Claim]:
    """True sentences and changed ones of CLAPnq's answerable questions, the same for the same seed."""
    drawn = random.Random(SEED)
    entries = [json.loads(line) for line in (folder / "answerable.jsonl").read_text(encoding="utf-8").splitlines() if line]
    read = [_read(number, entry) for number, entry in enumerate(entries)]
    all_names = sorted({name for texts, _ in read for text in texts for name in forms.names(text) if name})
    found = []
    for number, (texts, cited) in enumerate(read):
        other = read[(number + 2) % len(read)][1]  # of the same half
        for text in texts:
            found.append(Claim("true", text, cited, bool(number % 2)))
            changed = {
                "number": _number(text, cited.text, drawn),
                "name": _name(text, cited, all_names, drawn),
                "date": _date(text, cited.text, drawn),
                "negation": _negation(text),
            }
            found += [Claim(kind, each, cited, bool(number % 2)) for kind, each in changed.items() if each]
            found.append(Claim("another source", text, other, bool(number % 2)))
    return found


def _read(number: int, entry: dict[str, Any]) -> tuple[list[str], Evidence]:
    passage, output = entry["passages"][0], entry["output"][0]
    cited = " ".join(plain(text) for text in output["selected_sentences"])
    article = Article(str(number), f"{number}.txt", cited, title=plain(passage["title"]))
    answer = plain(output["answer"])
    texts = [answer[start:end] for start, end in sentences.spans(answer)]
    return [text for text in texts if len(text.split()) >= LEAST_WORDS], Evidence(article, 0, len(cited), cited, 1.0)


def plain(text: str) -> str:
    """CLAPnq's words as people write them: it puts spaces around marks."""
    text = re.sub(r"``\s*(.*?)\s*''", r"“\1”", clean(text))
    text = re.sub(r"\s+([.,;:!?%)”’])", r"\1", re.sub(r"([(“])\s+", r"\1", text))
    return " ".join(re.sub(r"\s+(['’](?:s|re|ve|ll|d|m)|n['’]t)\b", r"\1", text).split())


def _number(text: str, cited: str, drawn: random.Random) -> str | None:
    bare = [match for match in re.finditer(r"(?<![\w,.-])\d+(?![\w,.-]*\d)", text) if not 1500 <= int(match[0]) <= 2100]
    if not bare:
        return None
    match = drawn.choice(bare)
    value = int(match[0]) + drawn.choice([1, 2, 3, 5, 10])
    return None if str(value) in forms.numbers(cited) else text[: match.start()] + str(value) + text[match.end() :]


def _name(text: str, cited: Evidence, others: Sequence[tuple[str, ...]], drawn: random.Random) -> str | None:
    own = [" ".join(name) for name in forms.names(text) if " ".join(name) in text]
    if not own:
        return None
    name = drawn.choice(own)
    whole = f"{cited.text} {cited.article.title}"
    for _ in range(20):
        other = drawn.choice(others)
        if not any(word.lower() in whole.lower() for word in other):
            return text.replace(name, " ".join(other), 1)
    return None


_MONTHS = "January February March April May June July August September October November December".split()


def _date(text: str, cited: str, drawn: random.Random) -> str | None:
    months = [match for match in re.finditer("|".join(_MONTHS), text) if match[0] != "May"]
    years = list(re.finditer(r"(?<![\w,.-])(?:1[5-9]\d\d|20[01]\d)(?![\w,.-]*\d)", text))
    if not months and not years:
        return None
    match = drawn.choice(months + years)
    other = drawn.choice(_MONTHS) if match[0] in _MONTHS else str(int(match[0]) + drawn.choice([-3, -2, -1, 1, 2, 3]))
    return None if other in cited or other == match[0] else text[: match.start()] + other + text[match.end() :]


def _negation(text: str) -> str | None:
    """A "not" taken out where there is one, put in after the first auxiliary where there is none."""
    if re.search(r"\b(?:not|never|no)\b|n['’]t\b", text):
        less = re.sub(r"\s+(?:not|never)\b|n['’]t\b", "", text, count=1)
        return less if less != text and not re.search(r"\b(?:not|never|no)\b|n['’]t\b", less) else None
    more = re.sub(r"\b(is|are|was|were|has|had|can|could|will|would|may|must|does|did)\b", r"\1 not", text, count=1)
    return more if more != text else None


def measure(found: Sequence[Claim], check: Callable[[Claim], str | None]) -> dict[str, tuple[int, int]]:
    """How many of each kind were flagged, and of how many."""
    counted = {kind: (0, 0) for kind in KINDS}
    for claim in found:
        flagged, total = counted[claim.kind]
        counted[claim.kind] = flagged + (check(claim) is not None), total + 1
    return counted


def main() -> None:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(description="Measure the check of a model's sentences.")
    parser.add_argument("--data", type=Path, default=Path("../shared/bench/clapnq"), help="a folder with answerable.jsonl")
    parser.add_argument("--sweep", action="store_true", help="thresholds on the half that is for choosing them")
    parser.add_argument("--show", action="store_true", help="print what was judged wrongly of that half")
    options = parser.parse_args()
    embedder, lexicon = embed.load(), KeywordIndex(Path(mkdtemp(prefix="footnote-")) / "words")
    found = claims(options.data)
    judge = partial(verify.unborne, embedder=embedder, lexicon=lexicon)
    held_out = [claim for claim in found if claim.held_out]
    if options.sweep or options.show:
        _tune([claim for claim in found if not claim.held_out], judge, show=options.show)
        return
    counted = measure(held_out, lambda claim: judge(claim.sentence, [claim.cited]))
    print("\n".join(table(counted)))
    print("\n".join(pairs_table(lexicon, judge)))


def table(counted: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Precision and recall of "unsupported", and the share flagged of every kind."""
    wrong = sum(flagged for kind, (flagged, _) in counted.items() if kind != "true")
    changed = sum(total for kind, (_, total) in counted.items() if kind != "true")
    alarms, true = counted["true"]
    yield f"{true} true sentences, {changed} changed ones.\n"
    yield f"precision {wrong / max(wrong + alarms, 1):.3f}, recall {wrong / max(changed, 1):.3f} of finding the changed ones\n"
    yield "| sentences | flagged | of | share |\n| --- | --- | --- | --- |"
    for kind, (flagged, total) in counted.items():
        yield f"| {kind} | {flagged} | {total} | {flagged / max(total, 1):.3f} |"


def pairs_table(lexicon: KeywordIndex, judge: Callable[..., str | None]) -> Iterator[str]:
    """The pairs of claims turned round: how many are caught, and how many restatements are taken for turned."""
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines() if line.strip()]
    yield "\n| pairs turned round | caught | false alarms | of |\n| --- | --- | --- | --- |"
    for name, some in (("first half", pairs[: len(pairs) // 2]), ("second half", pairs[len(pairs) // 2 :]), ("all", pairs)):
        caught, alarms = (
            sum(turned(pair[key], pair["source"], lexicon) is not None for pair in some) for key in ("turned", "same")
        )
        yield f"| {name}, opposites and negations alone | {caught} | {alarms} | {len(some)} |"
    cited = [
        Evidence(Article(str(n), "p", pair["source"]), 0, len(pair["source"]), pair["source"], 1.0)
        for n, pair in enumerate(pairs)
    ]
    caught, alarms = (
        sum(judge(pair[key], [evidence]) is not None for pair, evidence in zip(pairs, cited, strict=True))
        for key in ("turned", "same")
    )
    yield f"| all, the whole check | {caught} | {alarms} | {len(pairs)} |"


def _tune(found: Sequence[Claim], judge: Callable[..., str | None], *, show: bool) -> None:
    if show:
        for claim in found:
            why = judge(claim.sentence, [claim.cited])
            if (why is None) == (claim.kind != "true"):
                print(f"{claim.kind}: {claim.sentence}\n    {why}\n    {claim.cited.text}\n")
        return
    print("| MEANING | precision | recall | true sentences flagged |\n| --- | --- | --- | --- |")
    for verify.MEANING in (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        counted = measure(found, lambda claim: judge(claim.sentence, [claim.cited]))
        wrong = sum(flagged for kind, (flagged, _) in counted.items() if kind != "true")
        changed = sum(total for kind, (_, total) in counted.items() if kind != "true")
        alarms, true = counted["true"]
        print(f"| {verify.MEANING} | {wrong / (wrong + alarms):.3f} | {wrong / changed:.3f} | {alarms / true:.3f} |")


if __name__ == "__main__":
    main()
