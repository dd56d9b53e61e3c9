"""How well copies of one text are told from different reports of one event, and how fast: no text of it is shipped.

    python -m evals.benchmarks.copies new_wiki_v1.0.json reddit_v1.0.json

Both files are as SQuAD has them. Different reports of one event are parts of one article of the first file, with up to a fifth
of their sentences in common, as reports of one agency have their background in common. Copies are made of the second: cut to
between two fifths and the whole, under another headline and credit, with up to eight of a hundred words changed, figures
corrected in one of three, and up to a fifth added.
"""

import argparse
import json
import random
import re
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from index.cluster import clusters, signatures
from index.sentences import spans

PARAGRAPHS = 3  # of a report
SEED = 5


def reports(file: Path) -> list[list[str]]:
    """Reports of three paragraphs for each article of a file."""
    articles = json.loads(file.read_text(encoding="utf-8"))["data"]
    found = []
    for article in articles:
        paragraphs = list(dict.fromkeys(paragraph["context"].strip() for paragraph in article["paragraphs"]))
        starts = range(0, len(paragraphs) - PARAGRAPHS + 1, PARAGRAPHS)
        found.append(["\n\n".join(paragraphs[start : start + PARAGRAPHS]) for start in starts])
    return found


def copy_of(original: str, other: str, draw: random.Random) -> str:
    """A report as another outlet prints it; words and sentences that are added come from another report."""
    kept = _sentences(original)
    wanted = max(2, round(len(kept) * draw.uniform(0.4, 1.0)))
    kept = (
        kept[:wanted]
        if draw.random() < 0.7
        else [kept[at] for at in sorted(draw.sample(range(len(kept)), min(wanted, len(kept))))]
    )
    spare, share = other.split(), draw.uniform(0.0, 0.08)
    text = " ".join(_edited(sentence, spare, share, draw) for sentence in kept)
    if draw.random() < 1 / 3:
        text = re.sub(r"\d+", lambda figure: str(int(figure.group()[:9]) + draw.randint(1, 9)), text)
    added = _beginning(other, draw.uniform(0.0, 0.2) * len(text))
    headline = " ".join(draw.sample(spare, min(8, len(spare))))
    return "\n\n".join([headline, "By a staff writer", text, added, "(With input from agencies)"])


def on_one_event(one: str, other: str, background: str, draw: random.Random) -> tuple[str, str]:
    """Two different reports with the same sentences of background in both, up to a fifth of the shorter."""
    # A quarter of what is their own is a fifth of all.
    shared = _beginning(background, draw.uniform(0.0, 0.25) * min(len(one), len(other)))
    return f"{one}\n\n{shared}", f"{shared}\n\n{other}"


def measure(events: Path, originals: Path, pairs: int) -> dict[str, float]:
    """Precision and recall over pairs of copies and pairs of different reports, each pair an archive of its own."""
    draw = random.Random(SEED)
    stories = [report for each in reports(originals) for report in each]
    draw.shuffle(stories)
    copies = [(story, copy_of(story, draw.choice(stories), draw)) for story in stories[:pairs]]
    event = [(one, other, draw.choice(stories)) for each in reports(events) for one, other in combinations(each, 2)]
    different = [on_one_event(*each, draw) for each in draw.sample(event, min(pairs, len(event)))]
    found, wrong = sum(map(_together, copies)), sum(map(_together, different))
    # All copies in one archive: what is joined with anything but its own copy is wrong, too.
    texts = [text for pair in copies for text in pair]
    joined = clusters({f"{number:06d}": each for number, each in enumerate(signatures(texts))})
    strangers = sum(joined[f"{2 * number:06d}"] != f"{2 * number:06d}" for number in range(len(copies)))
    return {
        "copies": len(copies),
        "different": len(different),
        "precision": found / max(1, found + wrong),
        "recall": found / max(1, len(copies)),
        "joined with strangers": strangers,
    }


def speed(originals: Path, articles: int) -> dict[str, float]:
    """Seconds to sign and to cluster so many articles, a third of them copies of another; texts are drawn from a file."""
    draw = random.Random(SEED)
    stories = [report for each in reports(originals) for report in each]
    sentences = [sentence for story in stories for sentence in _sentences(story)]
    texts: list[str] = []
    for number in range(articles):
        again = number % 3 == 2
        texts.append(copy_of(texts[-1], draw.choice(stories), draw) if again else " ".join(draw.sample(sentences, 18)))
    started = time.perf_counter()
    signed = {f"{number:06d}": each for number, each in enumerate(signatures(texts))}
    between = time.perf_counter()
    groups = len(set(clusters(signed).values()))
    ended = time.perf_counter()
    words = sum(len(text.split()) for text in texts) / len(texts)
    return {
        "articles": articles,
        "words each": words,
        "sign": between - started,
        "cluster": ended - between,
        "clusters": groups,
    }


def _together(pair: tuple[str, str]) -> bool:
    return len(set(clusters(dict(zip("ab", signatures(pair), strict=True))).values())) == 1


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


def _beginning(text: str, size: float) -> str:
    """The first whole sentences of a text that are no longer than `size` characters together."""
    found, length = [], 0
    for sentence in _sentences(text):
        length += len(sentence) + 1
        if length > size:
            break
        found.append(sentence)
    return " ".join(found)


def _edited(sentence: str, spare: Sequence[str], share: float, draw: random.Random) -> str:
    words = []
    for word in sentence.split():
        drawn = draw.random()
        if drawn >= share:
            words.append(word)
        elif drawn >= share / 2:  # half of the changes take a word out
            words.append(draw.choice(spare))
    return " ".join(words)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", type=Path, help="a SQuAD file whose articles are events, such as new_wiki_v1.0.json")
    parser.add_argument("originals", type=Path, help="a SQuAD file whose texts are copied, such as reddit_v1.0.json")
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--articles", type=int, default=0, help="also time the clustering of so many articles")
    arguments = parser.parse_args()
    figures = measure(arguments.events, arguments.originals, arguments.pairs)
    if arguments.articles:
        figures |= speed(arguments.originals, arguments.articles)
    for name, value in figures.items():
        print(f"{name:24}{value:>12,.4g}")


if __name__ == "__main__":
    main()
