"""Every word that the page itself says, in one table for each language: `LANGUAGES["en"]`, `LANGUAGES["de"]`.

A new language is one more `Texts`; mypy says which words it lacks. What comes from articles and from `rag` (an answer's
words, why it was refused, why a sentence is struck) is shown as it is.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from ui.words import line


@dataclass(frozen=True, slots=True)
class Texts:
    """The page's words in one language. `{}` is where a number or a name goes; `one|many` where a count chooses."""

    language: str
    months: tuple[str, ...]
    date_form: str  # of day, month and year
    and_: str
    or_: str
    undated: str
    unknown_outlet: str
    span: str
    from_day: str
    until_day: str
    or_undated: str
    # The head of the page, and what it is made of.
    promise: str
    skip_link: str
    pages: str
    ask_page: str
    articles_page: str
    articles_count: str
    outlets_count: str
    without_model: str
    by_model: str
    # Asking.
    question_label: str
    question_hint: str
    ask: str
    stop: str
    retry: str
    edit_question: str
    edit_hint: str
    examples: str
    conversation: str
    new_chat: str
    earlier_chats: str
    no_chats: str
    forget_chat: str
    kept_here: str
    narrow: str
    from_label: str
    to_label: str
    outlets_label: str
    clear: str
    looking: str
    found: str
    began_again: str
    stopped: str
    sorry: str
    busy: str
    answer_ready: str
    # An answer.
    refusal: str
    sources: str
    source: str
    searched_for: str
    change_search: str
    searched_only: str
    read_from: str
    remove_filter: str
    left_out: str
    unsupported: str
    as_of: str
    one_source: str
    also_in: str
    supersedes: str
    independent: str
    differ: str
    changed: str
    chart: str
    nearest: str
    nearest_hint: str
    read_article: str
    # The panel.
    article: str
    close: str
    previous: str
    next: str
    place: str
    original: str
    gone: str
    quote_marked: str
    # Keeping.
    copy: str
    copied: str
    keep: str
    asked: str
    good: str
    bad: str
    why_bad: str
    reason_wrong: str
    reason_refuse: str
    reason_missing: str
    reason_other: str
    what_right: str
    send: str
    thanks: str
    feedback_kept: str
    # Articles.
    search_articles: str
    search: str
    newest: str
    none_found: str
    more: str
    add_articles: str
    add_limits: str
    add_sample: str
    choose_files: str
    uploaded: str
    remove: str
    reading: str
    indexing: str
    added: str
    removed: str
    nothing_added: str
    left_as_was: str
    made_on: str
    skipped: str
    writing: str

    def day(self, published: str | None) -> str:
        """Write an ISO date as readers of this language do."""
        if not published:
            return self.undated
        try:
            found = date.fromisoformat(published[:10])
        except ValueError:
            return line(published)
        return self.date_form.format(day=found.day, month=self.months[found.month - 1], year=found.year)

    def days(self, first: str | None, last: str | None) -> str:
        """Write a span of dates."""
        if first and last:
            return self.day(first) if first[:10] == last[:10] else self.span.format(self.day(first), self.day(last))
        if first:
            return self.from_day.format(self.day(first))
        return self.until_day.format(self.day(last)) if last else self.undated

    def counted(self, number: int, noun: str) -> str:
        """Write a number with its noun, given as `article|articles`."""
        one, _, many = noun.partition("|")
        digits = f"{number:,}".replace(",", "." if self.language == "de" else ",")
        return f"{digits} {one if number == 1 else many}"

    def joined(self, names: Sequence[str], last: str) -> str:
        """List names as a sentence does."""
        return f" {last} ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)

    def to_dict(self) -> dict[str, str]:
        """The words alone, for the script of the page."""
        return {name: words for name, words in asdict(self).items() if isinstance(words, str)}


ENGLISH = Texts(
    language="en",
    months=tuple("January February March April May June July August September October November December".split()),
    date_form="{day} {month} {year}",
    and_="and",
    or_="or",
    undated="undated",
    unknown_outlet="Unknown outlet",
    span="{} to {}",
    from_day="from {}",
    until_day="until {}",
    or_undated=" or undated",
    promise="Every sentence of an answer is tied to the exact words of a source.",
    skip_link="Skip to the question",
    pages="Pages",
    ask_page="Ask",
    articles_page="Articles",
    articles_count="article|articles",
    outlets_count="outlet|outlets",
    without_model="Answered without a language model, in the sources’ own words",
    by_model="Written by {}, each sentence checked",
    question_label="Your question",
    question_hint="Ask the archive",
    ask="Ask",
    stop="Stop",
    retry="Try again",
    edit_question="Edit the question",
    edit_hint="Editing an earlier question. Esc leaves it as it was.",
    examples="For example",
    conversation="Questions and answers",
    new_chat="New chat",
    earlier_chats="Earlier chats",
    no_chats="None yet.",
    forget_chat="Forget this chat",
    kept_here="Kept in this browser only.",
    narrow="Search only",
    from_label="From",
    to_label="To",
    outlets_label="Outlets",
    clear="Clear",
    looking="Looking in the archive …",
    found="Reading what was found …",
    began_again="Beginning again …",
    stopped="Stopped before the answer was complete.",
    sorry="Something went wrong here, so this question was not answered. Please try again, or ask another one.",
    busy="Many people are asking just now. Please try again in a moment.",
    answer_ready="Answer",
    refusal="The archive does not answer this.",
    sources="Sources",
    source="Source {}",
    searched_for="Searched for:",
    change_search="Change",
    searched_only="Searched only:",
    read_from="read from {} in the question",
    remove_filter="Remove {} and ask again",
    left_out="article without a date was left out.|articles without a date were left out.",
    unsupported="no source confirms this",
    as_of="As of {}:",
    one_source="{} outlets, 1 source.",
    also_in="Also in:",
    supersedes="Supersedes",
    independent="({} independent sources)",
    differ="Sources differ",
    changed="Changed over time",
    chart="The figures in order of time: {}",
    nearest="Nearest articles",
    nearest_hint="The nearest that the archive has; they do not answer it.",
    read_article="Read in the article",
    article="Article",
    close="Close",
    previous="Previous citation",
    next="Next citation",
    place="Citation {} of {}",
    original="Open the original",
    gone="This article is not in the archive any more. These words of it were quoted:",
    quote_marked="The quoted words are marked.",
    copy="Copy with sources",
    copied="Copied.",
    keep="Download this chat:",
    asked="Asked",
    good="Good answer",
    bad="Bad answer",
    why_bad="What is wrong with it?",
    reason_wrong="What it says is wrong",
    reason_refuse="The archive does not answer this",
    reason_missing="The archive does answer this",
    reason_other="Something else",
    what_right="What should it have said? (may be left empty)",
    send="Send",
    thanks="Thank you. It is kept with the archive.",
    feedback_kept="The question, the answer and your reason are kept with this archive.",
    search_articles="Search the articles",
    search="Search",
    newest="Newest articles",
    none_found="Nothing was found.",
    more="Show more",
    add_articles="Add articles",
    add_limits="Text, web pages, PDF, Word, feeds, tables, or a zip of them: up to {files} files and {all} MB at once, "
    "{size} MB each.",
    add_sample="They begin an archive of your own; the sample archive stays as it is.",
    choose_files="Choose files",
    uploaded="Added here",
    remove="Remove",
    reading="Reading the articles: {} of {}",
    indexing="Making them searchable: {} of {}",
    added="{} added. The archive now holds {}.",
    removed="Removed. The archive now holds {}.",
    nothing_added="Nothing was added.",
    left_as_was="The archive is as it was.",
    made_on="This archive was last brought up to date on {}.",
    skipped="What could not be read",
    writing="Somebody else is changing the archive just now. Please try again in a moment.",
)

GERMAN = Texts(
    language="de",
    months=tuple("Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()),
    date_form="{day}. {month} {year}",
    and_="und",
    or_="oder",
    undated="ohne Datum",
    unknown_outlet="Medium unbekannt",
    span="{} bis {}",
    from_day="ab {}",
    until_day="bis {}",
    or_undated=" oder ohne Datum",
    promise="Jeder Satz einer Antwort ist an den genauen Wortlaut einer Quelle gebunden.",
    skip_link="Zur Frage springen",
    pages="Seiten",
    ask_page="Fragen",
    articles_page="Artikel",
    articles_count="Artikel|Artikel",
    outlets_count="Medium|Medien",
    without_model="Ohne Sprachmodell beantwortet, in den Worten der Quellen",
    by_model="Geschrieben von {}, jeder Satz geprüft",
    question_label="Ihre Frage",
    question_hint="Das Archiv fragen",
    ask="Fragen",
    stop="Anhalten",
    retry="Noch einmal",
    edit_question="Frage ändern",
    edit_hint="Sie ändern eine frühere Frage. Esc lässt sie, wie sie war.",
    examples="Zum Beispiel",
    conversation="Fragen und Antworten",
    new_chat="Neues Gespräch",
    earlier_chats="Frühere Gespräche",
    no_chats="Noch keine.",
    forget_chat="Dieses Gespräch vergessen",
    kept_here="Nur in diesem Browser aufbewahrt.",
    narrow="Nur suchen in",
    from_label="Von",
    to_label="Bis",
    outlets_label="Medien",
    clear="Leeren",
    looking="Das Archiv wird durchsucht …",
    found="Das Gefundene wird gelesen …",
    began_again="Ein neuer Anfang …",
    stopped="Angehalten, bevor die Antwort vollständig war.",
    sorry="Hier ist etwas schiefgegangen, die Frage wurde nicht beantwortet. Bitte versuchen Sie es noch einmal.",
    busy="Gerade fragen viele. Bitte versuchen Sie es gleich noch einmal.",
    answer_ready="Antwort",
    refusal="Das Archiv beantwortet das nicht.",
    sources="Quellen",
    source="Quelle {}",
    searched_for="Gesucht nach:",
    change_search="Ändern",
    searched_only="Nur gesucht in:",
    read_from="gelesen aus {} in der Frage",
    remove_filter="{} weglassen und noch einmal fragen",
    left_out="Artikel ohne Datum blieb außen vor.|Artikel ohne Datum blieben außen vor.",
    unsupported="keine Quelle bestätigt das",
    as_of="Stand {}:",
    one_source="{} Medien, 1 Quelle.",
    also_in="Auch in:",
    supersedes="Ersetzt",
    independent="({} unabhängige Quellen)",
    differ="Die Quellen widersprechen sich",
    changed="Mit der Zeit geändert",
    chart="Die Zahlen in zeitlicher Folge: {}",
    nearest="Die nächstliegenden Artikel",
    nearest_hint="Das Nächste, was das Archiv hat; sie beantworten die Frage nicht.",
    read_article="Im Artikel lesen",
    article="Artikel",
    close="Schließen",
    previous="Vorige Stelle",
    next="Nächste Stelle",
    place="Stelle {} von {}",
    original="Das Original öffnen",
    gone="Dieser Artikel ist nicht mehr im Archiv. Diese Worte wurden daraus zitiert:",
    quote_marked="Die zitierten Worte sind markiert.",
    copy="Mit Quellen kopieren",
    copied="Kopiert.",
    keep="Dieses Gespräch herunterladen:",
    asked="Gefragt",
    good="Gute Antwort",
    bad="Schlechte Antwort",
    why_bad="Was stimmt nicht daran?",
    reason_wrong="Was sie sagt, ist falsch",
    reason_refuse="Das Archiv beantwortet das nicht",
    reason_missing="Das Archiv beantwortet das doch",
    reason_other="Etwas anderes",
    what_right="Was hätte sie sagen sollen? (darf leer bleiben)",
    send="Abschicken",
    thanks="Danke. Es wird beim Archiv aufbewahrt.",
    feedback_kept="Frage, Antwort und Ihr Grund werden bei diesem Archiv aufbewahrt.",
    search_articles="In den Artikeln suchen",
    search="Suchen",
    newest="Neueste Artikel",
    none_found="Nichts gefunden.",
    more="Mehr zeigen",
    add_articles="Artikel hinzufügen",
    add_limits="Text, Webseiten, PDF, Word, Feeds, Tabellen oder ein Zip davon: bis zu {files} Dateien und {all} MB auf "
    "einmal, je {size} MB.",
    add_sample="Mit ihnen beginnt ein eigenes Archiv; das Beispielarchiv bleibt, wie es ist.",
    choose_files="Dateien wählen",
    uploaded="Hier hinzugefügt",
    remove="Entfernen",
    reading="Die Artikel werden gelesen: {} von {}",
    indexing="Sie werden durchsuchbar gemacht: {} von {}",
    added="{} hinzugefügt. Das Archiv enthält jetzt {}.",
    removed="Entfernt. Das Archiv enthält jetzt {}.",
    nothing_added="Nichts wurde hinzugefügt.",
    left_as_was="Das Archiv ist, wie es war.",
    made_on="Dieses Archiv ist auf dem Stand vom {}.",
    skipped="Was nicht gelesen werden konnte",
    writing="Gerade ändert jemand anders das Archiv. Bitte versuchen Sie es gleich noch einmal.",
)

LANGUAGES = {texts.language: texts for texts in (ENGLISH, GERMAN)}
