"""What of a lesson becomes a slide, and that the decks show it without network."""

import re
from io import BytesIO
from pathlib import Path

import build_book
import built_pages
import numpy as np
import pytest
from authoring.project import Project
from authoring.slides import MOST_WORDS, key_sentences, lesson_slides, words
from authoring.source import read_lessons
from PIL import Image

ROOT = Path(__file__).parents[2]
LARGE_SLIDE = (1862, 940)  # pixels that a picture without text fills at 1920x1080
_SIZE = """async () => {
    while (!Reveal.isReady()) await new Promise(requestAnimationFrame);
    return Reveal.getSlides().map(slide => {
        slide.style.display = slide.parentElement.style.display = 'block';
        const parts = [...slide.querySelectorAll(':scope > *:not(aside, img)')];
        const code = [...slide.querySelectorAll('code')];
        const cut = Math.max(0, ...code.map(one => one.scrollWidth - one.clientWidth));
        const all = [...slide.querySelectorAll(':not(aside, aside *)')];
        const texts = all.filter(one => one.innerText?.trim());
        const letters = texts.map(one => parseFloat(getComputedStyle(one).fontSize));
        const bottom = Math.max(...parts.map(part => part.offsetTop + part.offsetHeight));
        return [cut + bottom, Math.min(...letters)];
    });
}"""


def test_the_beginning_the_bold_and_the_lists_are_kept():
    rest = "Nobody reads this sentence from the last row of a large and dark room. " * 4
    text = f"A question? {rest}\n\n{rest}**Blur matters.**\n\n- one\n- two"
    beginning, matters, items = key_sentences(text)[0].split("\n\n")
    assert beginning.startswith("A question? Nobody") and len(beginning) <= 200
    assert (matters, items) == ("**Blur matters.**", "- one\n- two")


def test_a_slide_has_one_table_at_most():
    table = "| a | b |\n| --- | --- |\n| 1 | 2 |"
    assert key_sentences(f"Read.\n\n{table}\n\n{table}\n\nDone.") == [f"Read.\n\n{table}", table, "Done."]


@pytest.fixture(scope="module")
def blur():
    lesson = next(one for one in read_lessons(ROOT / "source") if one.slug == "03_blur")
    return lesson_slides(lesson, Project.at(ROOT))


def test_a_lesson_becomes_slides_in_its_order(blur):
    slides, pictures = blur
    titles = list(dict.fromkeys(slide.title for slide in slides))
    assert titles[0] == "03 · Blur" and "- why a sharp edge is a jump" in slides[0].text
    assert titles[1:3] == ["At which face would you stop trusting the label?", "A sharp edge is a jump"]
    assert titles[-1] == "What you take with you"
    assert len(pictures) == sum("{image}" in slide.figure for slide in slides) > 8
    assert all(data.startswith(b"\x89PNG") for data in pictures.values())


def test_an_exercise_shows_its_task_and_stub_and_then_its_solution(blur):
    stub, solution = [slide for slide in blur[0] if "def removed_share" in slide.figure]
    assert "Write the function that tells" in stub.text and "your turn" in stub.figure
    assert "labels == label" in solution.figure and "labels == label" not in stub.figure


def test_a_sentence_that_refers_to_another_keeps_it():
    text = "A beginning. " * 20 + "The mean tells how bright a face is. **It says nothing about shadows.**"
    assert key_sentences(text)[0].endswith("how bright a face is. **It says nothing about shadows.**")


def test_what_the_teacher_says_stands_in_the_notes(blur):
    slide = next(
        slide for slide in blur[0] if slide.title == "A sharp edge is a jump" and "{image}" in slide.figure
    )
    assert slide.notes.startswith("Walk along one row of pixels")


@pytest.mark.slow
def test_no_slide_is_a_page_and_every_picture_is_described_and_not_by_a_question():
    project = Project.at(ROOT)
    poor, densities = [], []
    for lesson in read_lessons(project.sources):
        slides, pictures = lesson_slides(lesson, project)
        sizes = np.array([Image.open(BytesIO(data)).size for data in pictures.values()])
        densities += (sizes / LARGE_SLIDE).max(axis=1).tolist()
        assert max(words(slide.text) for slide in slides) <= MOST_WORDS, lesson.slug
        figures = "\n".join(slide.figure for slide in slides)
        alts = re.findall(r"^:alt: *(.*)$", figures, flags=re.MULTILINE)
        assert len(alts) == figures.count("```{image}")
        poor += [f"{lesson.slug}: {alt!r}" for alt in alts if not re.search(r"\.\)?$", alt)]
    assert poor == []
    assert np.median(densities) > 0.9, "sharp where it fills a slide; a face of a row may have fewer pixels"


@pytest.mark.slow
class TestBuilt:
    @pytest.fixture(scope="class")
    def decks(self, tmp_path_factory):
        out = tmp_path_factory.mktemp("pages") / "slides"
        assert build_book.build("slides", Project.at(ROOT), out) == 0
        return out

    def test_no_link_is_broken_and_nothing_is_loaded_from_outside(self, decks):
        assert list(built_pages.broken_links(decks)) == []
        assert built_pages.loaded_from_outside(decks) == set()

    @pytest.mark.skipif(built_pages.CHROMIUM is None, reason="needs Chromium: apt install chromium")
    def test_every_slide_fits_a_projector_without_network(self, decks):
        pages = sorted(decks.glob("[0-9]*.html"))
        sizes, complaints = built_pages.opened(pages, 1280, _SIZE)
        assert complaints == []
        poor = {
            page.stem: [size for size in deck if size[0] > 720 or size[1] < 17]
            for page, deck in zip(pages, sizes, strict=True)
        }
        assert not any(poor.values()), poor
