"""Citation precision and recall: whether the cited articles are those that a question says to cite."""

from evals.metrics.measure import Metric, Part, each
from evals.outcomes import Outcome


def precision(outcome: Outcome) -> Part:
    """Citations of gold articles / citations; a copy in a gold article counts as it."""
    if not outcome.question.cites or not outcome.sources:
        return None
    gold = set(outcome.question.cites)
    return sum(bool(source & gold) for source in outcome.sources) / len(outcome.sources), 1.0


def recall(outcome: Outcome) -> Part:
    """Gold articles cited / gold articles; where any one will do, whether one is cited."""
    gold = outcome.question.cites
    if not gold:
        return None
    cited = set().union(*outcome.sources) if outcome.sources else set()
    found = sum(article in cited for article in gold)
    return (found / len(gold) if outcome.question.cites_all else float(found > 0)), 1.0


METRICS = (
    Metric(
        "citation_precision",
        "Of the articles an answer cites, the share that the set names as sources; refusals have no part in it.",
        "ALCE, Gao et al. 2023, with the set's articles in place of a model's judgement",
        each(precision),
    ),
    Metric(
        "citation_recall",
        "Of the articles to cite, the share that is cited; where any one will do, whether one is.",
        "ALCE, Gao et al. 2023, with the set's articles in place of a model's judgement",
        each(recall),
    ),
)
