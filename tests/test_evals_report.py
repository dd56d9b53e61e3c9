"""The report and the XML of a run: what they say, that no word of it becomes markup, and how it works in a real browser."""

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from evals import compare, outcomes, plots, report, report_rows, score
from evals.junit import junit
from evals.metrics import METRICS
from evals.outcomes import Cited, Head, Outcome, Ranked
from evals.questions import Question
from index.errors import UsageError

HOSTILE = '"></script></details></td><script>document.title="taken"</script><img src=x onerror=\'document.title="taken"\'>'
REFUSAL = "The archive does not answer this."


def head(count: int, **changed: Any) -> Head:
    given = {"set": "mill", "sha256": "5e7", "questions": count, "repeat": 1, "snapshot": "s1", "embedder": "words"}
    return Head(**{**given, "settings_hash": "h1", "answerer": "sentences", "version": "0.1.0", **changed})


def article(path: str, title: str = "Fire closes mill", outlet: str = "Dale Herald", url: str | None = None) -> dict[str, Any]:
    return {"article_id": f"id-{path}", "title": title, "outlet": outlet, "published": "2022-05-03", "url": url, "path": path}


def told(question: Question, *sentences: str, cites: dict[str, Any] | None = None, found: str | None = None,
         took: float = 0.25, **changed: Any) -> Outcome:  # fmt: skip
    """An outcome that says these sentences, each quoted from one article; a refusal when there is none."""
    where = cites or article("mill.txt")
    quotes = list(enumerate(sentences, start=1))
    cited = [{"number": number, "quote": text, "start": 7, "end": 9, "also_in": [], **where} for number, text in quotes]
    answer = {
        "question": question.question, "searched_for": question.question, "refused": not sentences, "short": None,
        "reason": None if sentences else f"{REFUSAL} Nothing in it is about what was asked.", "disagreements": [],
        "sentences": [{"text": text, "status": "quoted", "citations": [number]} for number, text in quotes],
        "citations": cited,
        "nearest": [] if sentences else [article("near.txt", "A mill nearby")], "degraded": None, "rejected": 0, "usage": None,
        "text": " ".join(f"{text} [{number}]" for number, text in quotes) or REFUSAL,
    }  # fmt: skip
    hits = (Ranked("p1", "id-other.txt", "other.txt"), Ranked("p2", f"id-{where['path']}", where["path"]))
    there = tuple(Cited(text if found is None else found, "Before it. ", " After it.") for text in sentences)
    return Outcome(question, 0, {**answer, **changed}, None, hits, (), there, {"retrieve": 0.05, "total": took})


def failed(question: Question) -> Outcome:
    return Outcome(question, 0, None, "TimeoutError: no answer within 120 seconds", seconds={"total": 120.0})


def rendered(run: Sequence[Outcome], base: Sequence[Outcome] = (), **changed: Any) -> str:
    new = head(len(run), **changed)
    compared = compare.compare((head(len(run)), base), (new, run)) if base else None
    return report.html(new, run, score.score(new, run), compared, base)


class Page(HTMLParser):
    """What a browser makes of a page, as far as these tests ask: elements with attributes, and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.elements[-1][0] if self.elements else "", data))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def script(self) -> str:
        return next(data for tag, data in reversed(self.texts) if tag == "script" and data.strip())

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(next(data for tag, data in self.texts if tag == "script"))
        return found

    @property
    def words(self) -> str:
        return " ".join(" ".join(data for tag, data in self.texts if tag not in ("script", "style")).split())


MILL = Question(
    "mill", "How many people worked at the mill?", tags=("count",), facts=(("412",),), cites=("mill.txt",), must=True
)
GATES = Question("gates", "How many gates has the weir?", tags=("count", "weir"), facts=(("17", "seventeen"),))
TITAN = Question("titan", "Which spacecraft landed on Titan?", tags=("far",), refuse=True)
LATE = Question("late", "Who was late?", facts=(("Ann",),))
RUN = [told(MILL, "The mill employed 412 people."), told(GATES), told(TITAN, "Huygens did."), failed(LATE)]
BASE = [told(MILL, "The mill employed 99 people."), told(GATES, "It has 17 gates."), told(TITAN), failed(LATE)]


def test_words_of_articles_questions_and_models_stay_words() -> None:
    question = Question(HOSTILE, HOSTILE, (("user", HOSTILE),), tags=(HOSTILE,), facts=((HOSTILE,),), cites=(HOSTILE,))
    where = article(HOSTILE, HOSTILE, HOSTILE, 'https://x.example/"><script>')
    right = told(question, HOSTILE, cites=where, nearest=[where], degraded=HOSTILE, short=HOSTILE)
    broken = Outcome(question, 0, None, HOSTILE)
    text = rendered([right], [broken], set=HOSTILE, version=HOSTILE)
    page = Page(text)
    assert [attributes.get("type") for attributes in page.named("script")] == ["application/json", None]
    assert page.named("img") == [] and text.count("</script>") == 2
    assert {name for _, attributes in page.elements for name in attributes if name.startswith("on")} == set()
    assert len(page.named("details")) == 1 == text.count("</details>")
    assert {HOSTILE, " After it."} <= set(page.data["texts"]) and page.data["articles"][0][:4] == [
        HOSTILE,
        "2022-05-03",
        HOSTILE,
        HOSTILE,
    ]
    assert page.words.count(HOSTILE) >= 8  # heading, title, row, tag, flip, plots ...


def test_the_page_asks_nothing_of_anybody() -> None:
    links = [
        article("a.txt", url=url) for url in ("https://news.example/a", "javascript:alert(1)", "http://[", "data:text/html,x")
    ]
    text = rendered([told(MILL, "It had 412.", cites=link) for link in links[:1]] + [told(GATES, "17.", nearest=links)])
    page = Page(text)
    assert not [attributes for _, attributes in page.elements if "src" in attributes or "action" in attributes]
    assert {str(link["href"])[0] for link in page.named("a")} == {"#"}
    assert [link["href"] for link in page.named("link")] == ["data:,"]
    assert not re.search(r"@import|url\(|https?:", (Path(report.__file__).parent / "report.css").read_text(encoding="utf-8"))
    assert {each[4] for each in page.data["articles"]} == {"", "https://news.example/a"}
    policy = next(str(meta["content"]) for meta in page.named("meta") if "http-equiv" in meta)
    digest = base64.b64encode(hashlib.sha256(page.script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ") and f"script-src 'sha256-{digest}'" in policy and "http" not in policy


def test_what_a_run_says_nothing_about_is_a_dash_and_no_zero() -> None:
    run = [Outcome(TITAN, 0, told(TITAN).answer)]
    page = Page(rendered(run))
    figures = re.search(r"Verdict|Questions (right .*?) Plots", page.words)
    assert figures is not None
    assert "right 1.000 1.000 to 1.000 1 " in figures[1] and "facts – – – " in figures[1] and "latency_p50 – – – " in figures[1]
    assert "No answer was timed." in page.words and "No question says what to cite." in page.words
    row = re.search(r'<tr id="row-0">.*?</tr>', rendered(run))
    assert row is not None and re.findall(r"<td[^>]*number[^>]*>([^<]*)", row[0]) == ["–", "–"]


def test_verdict_flips_and_what_the_baseline_answered() -> None:
    page = Page(rendered(RUN, BASE, settings_hash="h2"))
    words = page.words
    assert "Stop" in words and "the run is incomplete: 1 failed: late" in words
    assert "against the baseline: 1 better, 2 worse, 1 as before" in words and "the settings differ: h1 and h2" in words
    flips = words[words.index("Flips against the baseline") : words.index("Metric by tag")]
    places = [flips.index(question.question) for question in (GATES, TITAN, MILL)]
    assert places == sorted(places) and LATE.question not in flips
    assert (
        "▼ now wrong · gates refused; an answer was expected Baseline: answered right It has 17 gates. [1] Now: refused"
        in flips
    )
    assert "▲ now right · mill Baseline: answered wrong The mill employed 99 people. [1] Now: answered right" in flips
    assert [link["href"] for link in page.named("a") if str(link["href"]).startswith("#row")] == ["#row-1", "#row-2", "#row-0"]
    was = [row.get("was") for row in page.data["rows"]]
    assert was[3] is None and was[1] == ["answered right", page.data["texts"].index("It has 17 gates. [1]")]


def test_more_than_chance_is_said_in_words() -> None:
    questions = [Question(f"q{at}", "How many?", facts=(("412",),)) for at in range(40)]
    right, wrong = ([told(question, f"It was {said}.") for question in questions] for said in (412, 9))
    assert "▼ worse by more than chance" in Page(rendered(wrong, right)).words
    better = Page(rendered(right, wrong)).words
    assert "▲ better by more than chance" in better and "Release" in better and "Stop" not in better
    assert "was 0.000" in better and "+1.000 (+1.000 to +1.000)" in better
    assert "15 more; their rows" in better and better.count("Baseline: answered wrong") == 25
    same = Page(rendered(right, right)).words
    assert "by more than chance" not in same[: same.index("Definitions", 200)].replace("worse by more than chance, no", "")


def test_what_a_row_opens_to() -> None:
    data = report_rows.data([*RUN, told(MILL, "The mill employed 412.", found="The mill employed 41")])
    texts = data["texts"]
    right, refused, answered, broken, unfaithful = data["rows"]
    assert [[label, texts[words], met] for label, words, met in right["expected"]] == [
        ["states", "412", 1],
        ["cites", "mill.txt", 1],
    ]
    assert right["must"] and right["seconds"] == [["retrieve", 0.05], ["total", 0.25]] and "why" not in right
    assert [(texts[path], gold) for path, gold in right["hits"]] == [("other.txt", 0), ("mill.txt", 1)]
    number, place, before, quote, after, also = right["sources"][0]
    assert (number, data["articles"][place][3], also) == (1, "mill.txt", [])
    assert "".join(texts[at] for at in (before, quote, after)) == "Before it. The mill employed 412 people. After it."
    assert texts[refused["refused"]].startswith(REFUSAL) and data["articles"][refused["nearest"][0]][2] == "A mill nearby"
    assert refused["why"] == ["refused; an answer was expected"] and answered["why"] == ["answered; a refusal was expected"]
    assert broken["why"] == ["failed: TimeoutError: no answer within 120 seconds"] and "sentences" not in broken
    assert texts[unfaithful["sources"][0][6]] == "The mill employed 41"


@pytest.mark.parametrize(
    ("text", "facts", "marked"),
    [
        ("The “Marram Bridge” – closed", ('"marram bridge" - closed',), ["“Marram Bridge” – closed"]),
        ("In 1412 it had 412\u00a0people, 412 men", ("412 people", "412"), ["412\u00a0people", "412"]),
        ("👷👷 wanted… 7,000  men, not 7", ("re:7,000 men", "7"), ["7,000  men", "7"]),
        (" \t Ann  left", ("ann left",), ["Ann  left"]),
        ("Rene\u0301 left", ("rené", "left"), ["Rene\u0301", "left"]),
        ("nothing of it", ("412",), []),
    ],
    ids=["quotes", "whole-numbers", "emoji", "spaces", "accent-apart", "absent"],
)
def test_expected_wordings_are_marked_where_they_stand(text: str, facts: tuple[str, ...], marked: list[str]) -> None:
    question = Question("q", "?", facts=(facts,), forbid=("ghost",))
    data = report_rows.data([told(question, f"{text} or a ghost")])
    at, _, _, spans = data["rows"][0]["sentences"][0]
    found = [(data["texts"][at][start:end], wanted) for start, end, wanted in spans]
    assert found == [*((words, 1) for words in marked), ("ghost", 0)]


def test_a_thousand_questions_stay_under_five_megabytes() -> None:
    def long(at: int) -> Outcome:
        question = Question(f"q{at}", f"What happened on day {at}? " * 4, tags=(f"tag-{at % 30}",), facts=((f"fact {at}",),))
        made = told(question, *(f"Sentence {each} of answer {at} " + "is rather long " * 14 for each in range(8)))
        around = [
            Cited(cited.found, f"{at} {place} before " * 15, f"{at} {place} after " * 17)
            for place, cited in enumerate(made.cited)
        ]
        hits = tuple(Ranked(f"p{rank}", f"a{at}", f"archive/2021/article-{at}-{rank}.txt") for rank in range(10))
        return Outcome(question, 0, made.answer, None, hits, (), tuple(around), made.seconds)

    run = [long(at) for at in range(1000)]
    text = rendered(run, [told(outcome.question) for outcome in run])
    assert 1_000_000 < len(text.encode()) < 5_000_000
    data = Page(text).data
    assert len(data["rows"]) == 1000 and data["texts"][data["rows"][999]["sources"][7][2]].endswith("before ")


def test_equal_runs_make_equal_reports_and_half_a_character_does_no_harm(tmp_path: Path) -> None:
    run = [told(MILL, "It had 412 \ud83d people.")]
    assert rendered(run) == rendered(run)
    report.write(tmp_path / "report.html", rendered(run))
    assert "It had 412 ? people." in Page((tmp_path / "report.html").read_text(encoding="utf-8")).data["texts"]


def test_every_metric_is_defined_with_its_source() -> None:
    words = Page(rendered(RUN)).words
    assert all(
        f"{metric.name} {metric.definition}" in words and f"Source: {metric.source}." in words for metric in METRICS.values()
    )


def test_plots_are_drawings_that_say_what_they_show() -> None:
    scores = score.score(head(len(RUN)), RUN)
    drawn = [plots.by_tag(scores, "right"), plots.verdicts(RUN), plots.latency(RUN), plots.ranks(RUN)]
    for drawing in map(ET.fromstring, drawn):
        assert [child.tag for child in drawing[:2]] == ["title", "desc"] and drawing.get("role") == "img"
        assert drawing.get("aria-labelledby") == drawing[0].get("id") and drawing[1].text
    assert [plots.kind(outcome) for outcome in RUN] == ["answered right", "refused wrongly", "answered wrong", "failed"]
    rows = [group for group in ET.fromstring(drawn[1]) if group.tag == "g"]
    assert [row.findtext("text") for row in rows] == ["all questions", "count", "far", "weir"]
    for row in rows:
        assert sum(float(str(bar.get("width")).rstrip("%")) for bar in row.iter("rect")) == pytest.approx(100)
    assert "rank 2: 1" in drawn[3] and "Of 3 timed answers: median 0.25 s" in drawn[2]
    assert "count 0.500 (0.000 to 1.000) of 2 questions" in drawn[0]


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    for text in ("old", "new"):
        report.write(place, text)
        assert place.read_text(encoding="utf-8") == text
    for bad in (tmp_path / "no" / "report.html", tmp_path, place / "in.html", Path("/dev/null"), Path("a\0b")):
        with pytest.raises(UsageError, match="cannot be written: ") as raised:
            report.write(bad, "text")
        assert repr(str(bad)) in str(raised.value)
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"] and not Path("/dev/null").is_file()


def test_junit_has_a_case_a_question() -> None:
    odd = told(Question("o\x00dd", "Was \x1b[31m<it> & \ufffe?", facts=(("412",),)), "No\x08 ]]> \ud800.")
    suite = ET.fromstring(junit(head(6, set='m"ill'), [*RUN, odd]).encode())[0]
    assert [suite.get(name) for name in ("name", "tests", "failures", "errors")] == ['m"ill', "5", "3", "1"]
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == ["mill", "gates", "titan", "late", "odd"]
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], ["failure"], ["error"], ["failure"]]
    assert {case.get("classname") for case in cases} == {'m"ill'} and cases[0].get("time") == "0.250"
    assert cases[1][0].get("message") == "refused; an answer was expected"
    assert cases[3][0].get("type") == "TimeoutError" and str(cases[4][0].text).startswith(
        "Question: Was [31m<it> & ?\nlacks '412'"
    )
    assert suite.findtext("system-err") == "The run is incomplete: 1 of 6 outcomes are missing."


def test_repeats_have_names_of_their_own() -> None:
    again = outcomes.outcome_of(RUN[0].to_json().replace('"repeat": 0', '"repeat": 1'), "run.jsonl:3")
    cases = ET.fromstring(junit(head(1, repeat=2), [RUN[0], again]).encode()).iter("testcase")
    assert [case.get("name") for case in cases] == ["mill", "mill[2]"]
    assert "mill (repeat 2)" in Page(rendered([RUN[0], again], repeat=2)).words


class Tab:
    """A report open in a browser. `complaints` is all it wrote to the console, `called` every address that it turned to."""

    def __init__(self, browser: Any, place: Path, width: int, colours: str) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=colours)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.called: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.called.append(request.url))
        self.page.goto(place.as_uri())

    def listed(self) -> list[str]:
        rows = self.page.locator("#questions-table tbody tr[id^=row-]:visible td:first-child small")
        return [str(text).split(" · ")[0] for text in rows.all_inner_texts()]

    def sorts(self) -> list[str | None]:
        return [head.get_attribute("aria-sort") for head in self.page.locator("#questions-table th").all()]

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize(("width", "colours"), [(1280, "light"), (360, "dark")], ids=["desk", "phone-dark"])
def test_the_report_in_a_browser(browser: Any, tmp_path: Path, width: int, colours: str) -> None:
    """Filtered, sorted, opened and followed, with the keyboard where one would, with hostile words in it."""
    hostile = Question("zz", HOSTILE, tags=(HOSTILE,), facts=((HOSTILE,),))
    wrong = told(hostile, HOSTILE, cites=article(HOSTILE, HOSTILE, HOSTILE), took=3.0)
    report.write(tmp_path / "report.html", rendered([*RUN, wrong], [*BASE, told(hostile)]))
    tab = Tab(browser, tmp_path / "report.html", width, colours)
    page = tab.page

    assert tab.listed() == ["mill", "gates", "titan", "late", "zz"] and tab.fits()
    page.locator("th.c-question button").focus()
    page.keyboard.press("Enter")
    assert tab.listed() == ["zz", "gates", "mill", "titan", "late"] and tab.sorts()[0] == "ascending"
    page.keyboard.press("Enter")
    assert tab.listed() == ["late", "titan", "mill", "gates", "zz"]
    assert tab.sorts() == ["descending", *["none"] * (len(tab.sorts()) - 1)]
    page.locator("th.c-kind button").click()
    assert tab.listed() == ["mill", "zz", "gates", "titan", "late"]

    page.get_by_label("Words in question").fill("HUYGENS did")
    assert tab.listed() == ["titan"] and page.locator("#count").inner_text() == "1 of 5 shown"
    page.get_by_label("Words in question").fill("no such words")
    assert tab.listed() == [] and page.locator("#count").inner_text() == "None of 5 fits."
    page.get_by_role("button", name="Clear").click()
    page.locator("#tag").select_option(HOSTILE)
    assert tab.listed() == ["zz"]
    page.locator("#tag").select_option("count")
    page.locator("#kind").select_option("refused wrongly")
    assert tab.listed() == ["gates"]
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("flipped only").check()
    assert tab.listed() == ["mill", "zz", "gates", "titan"]
    page.get_by_label("must only").check()
    assert tab.listed() == ["mill"]

    page.locator("#flips ~ .flip a", has_text="Titan").click()  # the filters hid it
    panel = page.locator("#row-2 + .panel")
    assert "answered; a refusal was expected" in panel.inner_text() and "BASELINE: REFUSED RIGHTLY" in panel.inner_text()
    assert tab.listed()[0] == "mill" and tab.fits()
    page.keyboard.press("Enter")  # its row has the focus
    assert not panel.is_visible() and page.locator("#row-2 .open").get_attribute("aria-expanded") == "false"

    page.get_by_role("button", name="Open all shown").click()
    assert page.locator(".panel:visible").count() == 5 and tab.fits()
    assert page.locator("#row-2 td").first.bounding_box()["width"] > 130  # no panel has made a column of its own
    opened = page.locator("#row-4 + .panel")
    assert opened.locator("blockquote mark").inner_text() == HOSTILE == opened.locator("mark.stated").inner_text()
    assert opened.locator("img, script, details, a").count() == 0
    assert page.locator("#row-0 + .panel mark.stated").inner_text() == "412"
    page.locator("th.c-kind button").click()
    assert page.locator("#row-2 + .panel").is_visible()  # a panel goes with its row
    page.locator("#metric").select_option("facts")
    assert page.locator("[data-metric]:visible").count() == 1 == page.locator("[data-metric=facts]:visible").count()
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible() and page.locator("#row-0 + .panel").is_visible()

    assert page.title() == "mill – Footnote evaluation" and tab.complaints == []
    assert all(url.startswith(("file:", "data:")) for url in tab.called)
    tab.context.close()
