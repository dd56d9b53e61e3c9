"""Articles -> passages: runs of whole sentences that fit the embedding model's window, with exact offsets.

When a passage or its embedded text can come out otherwise, raise `SPLITTER` in `index/sentences.py`.
"""

from collections.abc import Callable, Sequence

from index.records import Article, Passage
from index.sentences import spans

TokenCounter = Callable[[Sequence[str]], list[int]]


def embedded_text(article: Article, text: str) -> str:
    """Say what is embedded for a passage: its words with title, outlet and day in front.

    Short passages are found by what their article is about; what is quoted never carries this.

    >>> rain = Article("0" * 16, "a.txt", "It rained.", title="Flood", outlet="Post", published="2023-03-01")
    >>> embedded_text(rain, "It rained.")
    'Flood. Post, 2023-03-01. It rained.'
    """
    source = ", ".join(filter(None, (article.outlet, (article.published or "")[:10])))
    title = (article.title or "").rstrip(".")
    return ". ".join(part for part in (title, source, text) if part)


def passages(article: Article, count_tokens: TokenCounter, window: int) -> list[Passage]:
    """Group an article's sentences, in order and without overlap, into passages of at most `window` tokens as embedded.

    One sentence too long for the window stands alone; the model then reads its beginning and keyword search all of it.
    """
    sentences = spans(article.text)
    if not sentences:
        return []
    counts = count_tokens([embedded_text(article, ""), *(article.text[start:end] for start, end in sentences)])
    room = max(window - counts[0] - 2, window // 2)  # 2: the model's own first and last token
    found: list[Passage] = []
    first, used = 0, 0
    for number, tokens in enumerate([*counts[1:], room + 1]):
        if number > first and used + tokens > room:
            start, end = sentences[first][0], sentences[number - 1][1]
            found.append(Passage(f"{article.id}:{len(found)}", article.id, start, end, article.text[start:end]))
            first, used = number, 0
        used += tokens
    return found
