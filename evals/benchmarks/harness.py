"""What the harness itself costs on this machine: `python -m evals.benchmarks.harness`.

The sample set is run over the sample archive; the time beside the answers themselves is what running adds. Its outcomes, many
times over, are then scored and made into a report, which a browser opens when there is one.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evals import outcomes, report, runner
from evals.outcomes import Head, Outcome
from evals.questions import load
from evals.score import score

SCORED, REPORTED = 10_000, 1_000  # outcomes


def many(found: Sequence[Outcome], count: int) -> list[Outcome]:
    """So many outcomes, each of a question of its own, made of those there are."""
    made = []
    for number in range(count):
        outcome = found[number % len(found)]
        made.append(replace(outcome, question=replace(outcome.question, id=f"{outcome.question.id}-{number}")))
    return made


def running(folder: Path) -> tuple[Head, list[Outcome], float, float]:
    """The outcomes of the sample set, the seconds of the run, and those of its answers."""
    import rag

    index = rag.open()
    rag.answer("is it warm?", index=index)
    began = time.perf_counter()
    runner.run(load("sample"), index, folder / "run.jsonl")
    whole = time.perf_counter() - began
    head, found = outcomes.read(folder / "run.jsonl")
    return head, found, whole, sum(outcome.seconds["total"] for outcome in found)


def opening(page: Path) -> float | None:
    """Seconds until a browser has loaded a page from disk; None without one."""
    program = shutil.which("chromium")
    if program is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--headless", "--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        began = time.perf_counter()
        tab.goto(page.as_uri(), wait_until="load")
        seconds = time.perf_counter() - began
        browser.close()
    return seconds


def main() -> None:
    """Measure and print a Markdown table."""
    argparse.ArgumentParser(description="Measure what the evaluation harness costs.").parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        head, found, whole, answers = running(folder)
        began = time.perf_counter()
        score(replace(head, questions=SCORED), many(found, SCORED))
        scoring = time.perf_counter() - began
        thousand = many(found, REPORTED)
        page = folder / "report.html"
        head = replace(head, questions=REPORTED)
        report.write(page, report.html(head, thousand, score(head, thousand)))
        seconds, size = opening(page), page.stat().st_size / 1e6
    print("| measured | |\n| --- | --- |")
    print(f"| running {len(found)} questions, beside the answers themselves | {100 * (whole - answers) / answers:.1f} % |")
    print(f"| scoring {SCORED:,} outcomes | {scoring:.1f} s |")
    print(f"| a report over {REPORTED:,} questions | {size:.1f} MB |")
    print(f"| opening it | {'no browser' if seconds is None else f'{seconds:.2f} s'} |")


if __name__ == "__main__":
    main()
