"""Question sets: what is read, and what is refused with file and line."""

import json
from pathlib import Path

import pytest

from evals.questions import KEYS, load, parse
from index.errors import UsageError

GOOD = """\
description: a few
questions:
  - id: one
    question: Who resigned?
    facts: [[Haskin, "Mr. Haskin"], 're:11|eleven']
    cites: {all: [a.txt]}
    filters: {after: 2021-07-01, outlets: [BBC]}
    history: [[user, Hello], [assistant, "Yes?"]]
    tags: [who]
    must: true
  - id: 2
    question: what is the capital of France
    refuse: true
"""


def written(folder: Path, text: str, name: str = "set.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_every_key_is_read(tmp_path: Path) -> None:
    found = load(written(tmp_path, GOOD))
    one, two = found.questions
    assert one.facts == (("Haskin", "Mr. Haskin"), ("re:11|eleven",))
    assert (one.cites, one.cites_all, one.must, one.tags) == (("a.txt",), True, True, ("who",))
    assert (one.filters.after, one.filters.before, one.filters.outlets) == ("2021-07-01", None, ("BBC",))
    assert one.history == (("user", "Hello"), ("assistant", "Yes?"))
    assert (two.id, two.refuse) == ("2", True)


def test_a_set_is_the_same_set_in_either_format_and_layout(tmp_path: Path) -> None:
    questions = load(written(tmp_path, GOOD))
    lines = "\n\n".join(json.dumps(question.to_dict()) for question in questions.questions)
    again = load(written(tmp_path, lines, "set.jsonl"))
    assert again.questions == questions.questions
    assert again.sha256 == questions.sha256
    assert load(written(tmp_path, GOOD.replace("Haskin", "Renn"), "other.yaml")).sha256 != questions.sha256


REFUSED = {
    "unknown key": ("- {id: a, question: b, fact: [[c]]}", r":1: unknown key 'fact'\. Try: one of: id, question"),
    "id twice": (
        "- {id: a, question: b, refuse: true}\n- {id: a, question: c, refuse: true}",
        r":2: the id 'a' is taken by line 1",
    ),
    "key twice": ("- id: a\n  question: b\n  id: c\n  refuse: true", r":3: no YAML: the key 'id' is given twice"),
    "no id": ("- {question: b, refuse: true}", r":1: a question needs 'id'"),
    "empty question": ("- {id: a, question: ' ', refuse: true}", r":1: a question needs 'question'"),
    "nothing expected": ("- {id: a, question: b}", r":1: nothing is expected of 'a'"),
    "refuse and facts": ("- {id: a, question: b, refuse: true, facts: [[c]]}", r":1: 'a' expects a refusal and an answer"),
    "no pattern": ("- {id: a, question: b, facts: ['re:(']}", r":1: 'facts' holds 're:\(', which is no regular expression"),
    "empty wordings": ("- {id: a, question: b, facts: [[]]}", r":1: 'facts' holds an empty list"),
    "facts of numbers": ("- {id: a, question: b, facts: [[1.5]]}", r":1: 'facts' is a list of texts"),
    "facts no list": ("- {id: a, question: b, facts: c}", r":1: 'facts' is a list of lists"),
    "odd cites": ("- {id: a, question: b, cites: {some: [c]}}", r":1: 'cites' is a list of articles or"),
    "odd filter": ("- {id: a, question: b, refuse: true, filters: {since: 2021}}", r":1: 'filters' is a mapping"),
    "no day": ("- {id: a, question: b, refuse: true, filters: {after: July}}", r":1: 'after' is a day such as"),
    "odd history": ("- {id: a, question: b, refuse: true, history: [[bot, hi]]}", r":1: 'history' is a list of"),
    "odd flag": ("- {id: a, question: b, refuse: maybe}", r":1: 'refuse' is true or false"),
    "wrong choice": ("- {id: a, question: b, answers: [x], choices: [y, z]}", r":1: the first of `answers` of 'a'"),
    "text": ("hello", r":1: a set is a list"),
    "no YAML": ("- {id: a\n- b", r"no YAML"),
    "unknown top key": ("version: 1\nquestions: []", r":1: unknown key 'version'"),
    "no questions": ("questions: []", r"holds no questions"),
}


@pytest.mark.parametrize("text, message", REFUSED.values(), ids=REFUSED)
def test_what_is_no_set_is_refused_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(UsageError, match=message) as raised:
        load(file)
    assert "set.yaml" in str(raised.value)


def test_a_broken_json_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"set\.jsonl:2: no JSON"):
        load(written(tmp_path, '{"id": "a", "question": "b", "refuse": true}\n{"id": \n', "set.jsonl"))


def test_a_set_that_is_not_there_names_those_that_ship(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one of: corpus, sample"):
        load(tmp_path / "none.yaml")


def test_unsafe_yaml_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no YAML"):
        load(written(tmp_path, "- !!python/object/apply:os.system ['touch planted']"))
    assert not (tmp_path / "planted").exists()


def test_only_a_tag_that_is_there(tmp_path: Path) -> None:
    questions = load(written(tmp_path, GOOD))
    assert [question.id for question in questions.only("who").questions] == ["one"]
    with pytest.raises(UsageError, match="its tags: who"):
        questions.only("where")


def test_every_key_is_explained() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    assert [key for key in KEYS if f"`{key}`" not in page] == []


def test_a_question_survives_its_own_form() -> None:
    question = parse({"id": "a", "question": "b?", "answers": ["x"], "choices": ["x", "y"], "forbid": ["z"]}, "here")
    assert parse(question.to_dict(), "there") == question
