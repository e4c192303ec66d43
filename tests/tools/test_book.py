"""The book builds without a warning, holds together, and needs no network."""

import json
import re
from pathlib import Path

import build_book
import built_pages
import nbformat
import pytest
import yaml
from authoring.book import description, descriptions, lesson_page, plain, reference_pages, relink
from authoring.notebooks import solution_notebook
from authoring.project import Project
from authoring.questions import read_questions
from authoring.source import SourceError, read_lesson, read_lessons
from nbformat.v4 import new_output

import fer_course

ROOT = Path(__file__).parents[2]
LESSON_03 = read_lesson(ROOT / "source" / "03_blur.py")
PLACES = {
    "README.md": "index.md",
    "docs/glossary.md": "glossary.md",
    "lessons/03_blur.ipynb": "lessons/03_blur.ipynb",
    "solutions/03_blur.ipynb": "lessons/03_blur.ipynb",
}


@pytest.mark.parametrize(
    ("path", "link", "wanted"),
    [
        ("README.md", "[a](lessons/03_blur.ipynb)", "[a](lessons/03_blur.ipynb)"),
        ("docs/glossary.md", "[a](../lessons/03_blur.ipynb)", "[a](lessons/03_blur.ipynb)"),
        ("solutions/03_blur.ipynb", "[a](../docs/glossary.md#blur)", "[a](../glossary.md#blur)"),
        ("solutions/03_blur.ipynb", "[a](../README.md)", "[a](../index.md)"),
        ("README.md", "[a](LICENSE)", "[a](https://github.com/someone/their-course/blob/v0.1.0/LICENSE)"),
        ("README.md", "[a](#start) [b](https://example.org/x#y)", "[a](#start) [b](https://example.org/x#y)"),
        ("README.md", "[![Open](https://example.org/b.svg)](https://x.org)", "[Open](https://x.org)"),
        ("README.md", "![way](docs/way.png)", "![way](docs/way.png)"),
    ],
)
def test_links_hold_inside_the_book(project, path, link, wanted):
    assert relink(link, path, PLACES, project) == wanted


def test_a_picture_is_described_by_its_own_words_or_by_the_paragraph_above_it():
    text = "## Blur\n\nFirst.\n\nNow **blur** `it`,\nsee [lesson 02](02_explore.ipynb)."
    assert description(text, {"First.": "A face."}) == "Now blur it, see lesson 02."
    assert (
        description(text, {"blur it": "A face in four strengths of blur."})
        == "A face in four strengths of blur."
    )


def test_every_description_belongs_to_one_paragraph_of_its_lesson():
    astray = []
    lessons = read_lessons(ROOT / "source")
    for lesson in lessons:
        texts = [plain(cell.solved) for cell in lesson.for_solutions if cell.kind == "markdown"]
        for words, shown in descriptions(lesson, Project.at(ROOT)).items():
            if sum(words in text for text in texts) != 1 or not shown.endswith("."):
                astray.append(f"{lesson.slug}: {words}")
    assert astray == []
    slugs = yaml.safe_load((ROOT / "source" / "pictures.yaml").read_text(encoding="utf-8"))
    assert set(slugs) <= {lesson.slug for lesson in lessons}


@pytest.fixture
def solved(project):
    """Write the demonstration's solution as a build would, with an output at each cell."""
    (lesson,) = lessons = read_lessons(project.sources)
    outputs = [{"outputs": [], "execution_count": None} for _ in range(len(lesson.for_solutions) + 1)]
    path = project.solutions / "10_demo.ipynb"
    path.write_text(solution_notebook(lesson, lessons, project, outputs))
    return lesson


def test_a_page_folds_answers_and_leaves_out_hints_and_set_up(project, solved):
    places = {"solutions/10_demo.ipynb": "lessons/10_demo.ipynb"}
    page = nbformat.reads(lesson_page(solved, [solved], places, project), as_version=4)
    texts = [cell.source for cell in page.cells]
    assert not any("fer.notebook.setup" in text or ".hint()" in text for text in texts)
    folded = [cell.source for cell in page.cells if "hide-input" in cell.metadata.get("tags", [])]
    assert [text.partition("(")[0] for text in folded] == ["def double", "largest = max"]
    assert texts[0].startswith("# 10 · Demonstration\n") and "badge.svg" not in texts[0]


def test_a_picture_is_as_wide_on_its_page_as_in_a_notebook(project, solved):
    path = project.solutions / "10_demo.ipynb"
    notebook = nbformat.read(path, as_version=4)
    picture = new_output("display_data", {"image/png": ""}, metadata={"image/png": {"width": 430}})
    notebook.cells[-3].outputs = [new_output("stream", text="three"), picture]
    nbformat.write(notebook, path)
    page = nbformat.reads(lesson_page(solved, [solved], {f"solutions/{path.name}": path.name}, project), 4)
    images = [cell.metadata["mystnb"]["image"] for cell in page.cells if "mystnb" in cell.metadata]
    assert [image.get("width") for image in images if "width" in image] == ["430px"]


def test_a_page_ends_with_the_questions_about_its_lesson(project, solved):
    places = {"solutions/10_demo.ipynb": "lessons/10_demo.ipynb"}
    questions = project.sources / "questions"
    questions.mkdir()
    (questions / "10_demo.yaml").write_text(
        "- {name: Twice, kind: truth, outcome: 1, text: Twice 3 is 9., explanation: It is 6.,\n"
        "   answers: [{right: false}, {wrong: true, because: That is the square.}]}"
    )
    page = nbformat.reads(lesson_page(solved, [solved], places, project), as_version=4)
    last = page.cells[-1].source
    assert last.startswith("## Test yourself") and "Twice 3 is 9." in last
    assert last.index("<details>") < last.index("It is 6.") < last.index("</details>")


def test_a_stale_solution_is_named(project, solved, edit):
    edit("numbers = [1, 2, 3]", "numbers = [1, 2, 4]")
    (lesson,) = read_lessons(project.sources)
    with pytest.raises(SourceError, match=r"10_demo.ipynb is stale: run make lessons"):
        lesson_page(lesson, [lesson], {"solutions/10_demo.ipynb": "lessons/10_demo.ipynb"}, project)


def test_what_is_broken_or_comes_from_outside_is_seen(tmp_path):
    (tmp_path / "a.html").write_text(
        '<h1 id="top"></h1><a href="#top"></a><a href="b.html"></a><a href="#gone"></a>'
        '<a href="https://x.org"></a>'
        '<img src="c.png"><script src="https://x.org/r.js"></script><style>a {b: url(//x.org/f)}</style>'
    )
    assert list(built_pages.broken_links(tmp_path)) == ["a.html: b.html", "a.html: #gone", "a.html: c.png"]
    assert built_pages.loaded_from_outside(tmp_path) == {"https://x.org/r.js", "//x.org/f"}


@pytest.mark.slow
class TestBuilt:
    @pytest.fixture(scope="class")
    def book(self, tmp_path_factory):
        """A book of two lessons, with all guides and the whole reference."""
        out = tmp_path_factory.mktemp("pages") / "book"
        assert build_book.build("book", Project.at(ROOT), out, ["02_explore", "03_blur"]) == 0
        return out

    def test_no_link_is_broken(self, book):
        assert list(built_pages.broken_links(book)) == []

    def test_nothing_is_loaded_from_outside(self, book):
        assert built_pages.loaded_from_outside(book) == set()

    def test_every_public_name_is_in_the_reference_once(self, book):
        pages = "".join(reference_pages(Project.at(ROOT)).values())
        named = [
            n for n, module in fer_course._MODULE_OF.items() if f":: fer_course.{module}.{n}\n" not in pages
        ]
        assert [name for name in named if pages.count(f":: fer_course.{name}\n") != 1] == []
        text = "".join(page.read_text() for page in (book / "reference").glob("*.html"))
        missing = [
            n for n in fer_course.__all__ if f'id="fer_course.{n}"' not in text and f'.{n}"' not in text
        ]
        assert missing == []

    def test_answers_open_by_keyboard_and_without_a_script(self, book):
        page = (book / "lessons" / "03_blur.html").read_text()
        section = page[page.index('<section id="test-yourself">') :]
        asked = len(read_questions(LESSON_03, ROOT / "source"))
        assert asked == section.count("<details><summary>Answer to question ") == section.count("</details>")
        folded = section[section.index("<details>") : section.index("</details>")]
        assert "<strong>(b).</strong>" in folded and '<div class="highlight' in section

    def test_every_outcome_is_told_with_the_questions_about_it(self, book):
        page = (book / "outcomes.html").read_text()
        row = re.search(r"<tr[^>]*><td><p>(?:(?!</tr>).)*03\.1 .*?</tr>", page, flags=re.DOTALL)[0]
        assert LESSON_03.learn[0] in row and 'href="lessons/03_blur.html"' in row
        asked = [
            place
            for place, question in enumerate(read_questions(LESSON_03, ROOT / "source"), start=1)
            if question.outcome == 1
        ]
        assert f"<p>{', '.join(map(str, asked))}</p>" in row

    def test_pictures_are_described_and_search_finds_them(self, book):
        page = (book / "lessons" / "03_blur.html").read_text()
        assert 'alt="One surprised face at four strengths of blur, from sharp to a gray cloud."' in page
        index = (book / "searchindex.js").read_text().removeprefix("Search.setIndex(").removesuffix(")")
        assert "lessons/03_blur" in json.loads(index)["docnames"]

    @pytest.mark.skipif(built_pages.CHROMIUM is None, reason="needs Chromium: apt install chromium")
    @pytest.mark.parametrize("wide", [1280, 390])
    def test_pages_open_without_network_and_fit_the_screen(self, book, wide):
        pages = [book / "index.html", book / "lessons/03_blur.html", book / "reference/training.html"]
        widths, complaints = built_pages.opened(pages, wide, "document.documentElement.scrollWidth")
        assert complaints == []
        assert widths == [wide] * 3
