"""Why nothing is answered, in words that name the case: nothing close, close but not this, only beyond what was asked for."""

from collections.abc import Sequence

from index.opened import Index
from index.records import Article, Hit
from rag.copies import passes
from rag.extract import shared
from rag.records import REFUSAL, Filters

NOTHING_CLOSE = f"{REFUSAL} Nothing in it is about what was asked."
NOT_THIS = f"{REFUSAL} Some articles are close to the topic, but none of their sentences answers the question."
NOTHING_LEFT = f"{REFUSAL} No article is left by the dates and outlets it was narrowed to."
OUTSIDE_DATES = f"{REFUSAL} What would answer it was only published outside the dates asked about."
UNDATED = f"{REFUSAL} What would answer it has no date, so it was left out with the dates asked about."
OTHER_OUTLETS = f"{REFUSAL} What would answer it was only published by outlets that were left out."


def reason(searched: str, hits: Sequence[Hit], index: Index) -> str:
    """The reason when no filter stands in the way, from what a search found."""
    if not hits:
        return NOTHING_LEFT
    # More than half of what was asked about stands in one passage: the topic is there, the answer is not.
    closest = max(shared(searched, hit, index.lexicon) for hit in hits)
    return NOT_THIS if closest > 0.5 else NOTHING_CLOSE


def reason_beyond(filters: Filters, answering: Article) -> str:
    """The reason when an article answers that the filters leave out."""
    if not passes(answering, Filters(outlets=filters.outlets)):
        return OTHER_OUTLETS
    return OUTSIDE_DATES if answering.published else UNDATED
