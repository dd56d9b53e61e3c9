"""Renews docs/images/: `python docs/screenshots.py`. Serves the sample archive, asks as a reader would, and takes pictures.

Look at each picture before you commit it.
"""

import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import rag
from ui.cli import QUIET
from ui.commands import SAMPLE_QUESTIONS
from ui.server import Serving, background

IMAGES = Path(__file__).with_name("images")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
MARCH, FLED = SAMPLE_QUESTIONS[3], SAMPLE_QUESTIONS[1]
JULY, UNANSWERED = "Which air base did American forces leave in early July 2021?", "Which spacecraft landed on Titan?"
WAIT = 120_000  # milliseconds, on a busy machine


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the answer."""
    page.get_by_label("Your question").fill(question)
    page.locator("#fn-ask:enabled").click(timeout=WAIT)
    page.locator(".fn-turn[data-state=done] .fn-question", has_text=question).last.wait_for(timeout=WAIT)
    page.wait_for_timeout(1500)  # until it has scrolled to where it stays


def start(page: Page) -> None:
    """The page as it is first seen."""
    page.locator("#fn-examples button").first.wait_for(timeout=WAIT)


def answer(page: Page) -> None:
    """An answer over which sources differ."""
    ask(page, MARCH)


def panel(page: Page) -> None:
    """The article beside the answer."""
    ask(page, MARCH)
    page.locator(".fn-cite").nth(1).click()
    page.locator("#fn-panel mark").wait_for(timeout=WAIT)
    page.wait_for_timeout(500)


def filters(page: Page) -> None:
    """What was read from a question."""
    ask(page, JULY)


def refusal(page: Page) -> None:
    """No answer, and where to look."""
    ask(page, UNANSWERED)


def articles(page: Page) -> None:
    """The articles themselves."""
    page.locator("#fn-ask:enabled").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Articles", exact=True).click()
    page.locator("#fn-found .fn-open").first.wait_for(timeout=WAIT)
    page.wait_for_timeout(500)


PICTURES = {
    "start.png": (start, 1280, 800, "light"),
    "page.png": (panel, 1280, 800, "light"),
    "answer-dark.png": (answer, 1280, 800, "dark"),
    "filters.png": (filters, 1280, 800, "light"),
    "articles.png": (articles, 1280, 800, "light"),
    "page-phone.png": (answer, 360, 740, "light"),
    "panel-phone-dark.png": (panel, 360, 740, "dark"),
    "refusal-phone.png": (refusal, 360, 740, "light"),
}


def main() -> None:
    """Take every picture."""
    import os

    os.environ.update(QUIET)
    index = rag.open()
    serving = background(index, name="The sample archive", serving=Serving(port=0, rate=0), examples=SAMPLE_QUESTIONS)
    with serving as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, (shown, width, height, colours) in PICTURES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colours)
            page = context.new_page()
            page.goto(address)
            page.locator("#fn-ask:enabled").wait_for(timeout=WAIT)
            shown(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(400)
            page.screenshot(path=IMAGES / name)
            context.close()
        browser.close()
    index.close()


if __name__ == "__main__":
    main()
