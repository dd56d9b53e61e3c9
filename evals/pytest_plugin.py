"""One pytest test a question: mark a test `rag_eval("set.yaml", index="my-index")` and take the fixture `rag_eval`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from evals.outcomes import Outcome
    from index.opened import Index


@dataclass(frozen=True)
class Graded:
    """What came of one question; `reasons` say why it is not right."""

    outcome: "Outcome"
    reasons: tuple[str, ...] = field(default=())

    @property
    def right(self) -> bool:
        """Whether the outcome is all that the question expects."""
        return not self.reasons


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "rag_eval(set, index=None): ask every question of a set, one test each (Footnote)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Turn a marked test into one for each question."""
    if "rag_eval" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("rag_eval")
    if marker is None or not marker.args:
        raise pytest.UsageError(f'{metafunc.definition.nodeid}: mark it, as in @pytest.mark.rag_eval("sample")')
    from evals.questions import load

    folder = marker.kwargs.get("index")
    asked = [(question, folder) for question in load(marker.args[0]).questions]
    metafunc.parametrize("rag_eval", asked, indirect=True, ids=[question.id for question, _ in asked], scope="function")


@pytest.fixture(scope="session")
def _rag_eval_indexes() -> "Iterator[dict[Any, Index]]":
    opened: dict[Any, Index] = {}
    yield opened
    for index in opened.values():
        index.close()


@pytest.fixture
def rag_eval(request: pytest.FixtureRequest, _rag_eval_indexes: "dict[Any, Index]") -> Graded:
    """The graded outcome of one question."""
    import rag
    from evals import runner
    from evals.metrics.right import reasons
    from evals.questions import QuestionSet, check_articles

    question, folder = request.param
    if folder not in _rag_eval_indexes:
        _rag_eval_indexes[folder] = rag.open(folder)
    index = _rag_eval_indexes[folder]
    ids = runner.ids_of(index)
    check_articles(QuestionSet("rag_eval", (question,)), ids)
    outcome = runner.outcome_of(question, 0, index, runner.ask, ids)
    return Graded(outcome, tuple(reasons(outcome)))
