"""Questions hold: their form, their arithmetic, and what Moodle and other readers make of them."""

import re
import xml.etree.ElementTree as ET
from itertools import chain
from pathlib import Path

import build_quiz
import pytest
import yaml
from authoring.figures import quote_figures
from authoring.notebooks import exercise_names
from authoring.questions import is_confirmed, read_questions, recomputed
from authoring.quiz import gift, moodle_xml, self_test, title
from authoring.source import SourceError, read_lesson, read_lessons

ROOT = Path(__file__).parents[2]
LESSONS = read_lessons(ROOT / "source")
QUIZ = [(lesson, read_questions(lesson, ROOT / "source")) for lesson in LESSONS]
QUESTIONS = [question for _, questions in QUIZ for question in questions]

GOOD = {
    "name": "Twice",
    "kind": "single",
    "outcome": 1,
    "text": "What is `2 * 2`?",
    "answers": [
        {"wrong": "5", "because": "That is one more."},
        {"right": "`4`"},
        {"wrong": "2", "because": "Twice."},
    ],
    "explanation": "Two and two.",
}


@pytest.fixture
def ask(project, source):
    """Read one question about the demonstration, with some of its lines changed."""

    def ask(*entries):
        folder = project.sources / "questions"
        folder.mkdir(exist_ok=True)
        (folder / "10_demo.yaml").write_text(yaml.safe_dump([GOOD | entry for entry in entries]))
        return read_questions(read_lesson(source), project.sources)

    return ask


def test_a_lesson_without_questions_has_none(project, source):
    assert read_questions(read_lesson(source), project.sources) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "guess"}, "kind is one of single"),
        ({"outcome": 2}, "outcome is 1 to 1"),
        ({"outcome": "first"}, "outcome is 1 to 1"),
        ({"hint": "no"}, "hint is not known"),
        ({"explanation": " "}, "are not empty"),
        ({"answers": "four"}, "a list"),
        ({"answers": [*GOOD["answers"], {"wrong": "7"}]}, "'wrong:' and 'because:'"),
        ({"answers": [*GOOD["answers"], {"right": "7"}]}, "one answer is right, not 2"),
        ({"answers": GOOD["answers"][:2]}, "three answers or more"),
        ({"answers": [*GOOD["answers"], GOOD["answers"][0]]}, "no answer stands twice"),
        ({"kind": "multiple"}, "two right answers or more"),
        ({"kind": "truth"}, "true and false"),
        ({"kind": "number", "answers": [{"right": 4}]}, "needs a check"),
        ({"kind": "number", "answers": [{"right": "four"}], "check": "4"}, "its answers are numbers"),
        ({"text": "It reads @[reading.lines] rows."}, "no 'lines'"),
    ],
)
def test_a_question_that_breaks_a_rule_is_refused_with_its_place(ask, changed, said):
    with pytest.raises(SourceError, match=re.escape(said)) as caught:
        ask(changed)
    assert "questions/10_demo.yaml" in str(caught.value)


def test_a_name_stands_once_and_a_missing_key_is_named(ask, project):
    with pytest.raises(SourceError, match="same name"):
        ask({}, {})
    (project.sources / "questions" / "10_demo.yaml").write_text("- {name: Twice, kind: single}")
    with pytest.raises(SourceError, match="answers, explanation, outcome, text is missing"):
        read_questions(read_lesson(project.sources / "10_demo.py"), project.sources)


@pytest.mark.parametrize("text", ["name: Twice", "- [", "- Twice"])
def test_a_file_that_holds_no_questions_is_refused(project, source, text):
    (project.sources / "questions").mkdir()
    (project.sources / "questions" / "10_demo.yaml").write_text(text)
    with pytest.raises(SourceError, match=r"questions/10_demo\.yaml"):
        read_questions(read_lesson(source), project.sources)


def test_a_figure_comes_from_a_saved_result(ask):
    (question,) = ask({"text": "It reads @[reading.rows] rows. How many are twice as many?"})
    assert question.text == "It reads 1,234 rows. How many are twice as many?"


@pytest.mark.parametrize(
    ("changed", "confirmed"),
    [
        ({"check": "2 * 2"}, True),
        ({"check": "2 + 3"}, False),
        ({"check": "a = 2\na * a"}, True),
        ({"check": "[False, True, False]"}, True),
        ({"check": "printed", "text": "?\n\n```python\nprint(4)\n```"}, True),
        ({"check": "four", "text": "?\n\n```python\nfour = 4\n```"}, True),
        ({"kind": "number", "answers": [{"right": 4}], "check": "4.1", "tolerance": 0.2}, True),
        ({"kind": "number", "answers": [{"right": 4}], "check": "4.1", "tolerance": 0.05}, False),
        (
            {
                "kind": "number",
                "answers": [{"right": 4}, {"wrong": 5, "because": "No."}],
                "check": "4.5",
                "tolerance": 0.6,
            },
            False,
        ),
        (
            {
                "kind": "truth",
                "answers": [{"right": True}, {"wrong": False, "because": "No."}],
                "check": "2 < 3",
            },
            True,
        ),
    ],
)
def test_a_check_confirms_the_right_answer_and_no_other(ask, changed, confirmed):
    (question,) = ask(changed)
    assert is_confirmed(question) is confirmed


def test_every_lesson_with_exercises_has_five_to_eight_questions_on_all_its_outcomes():
    for lesson, questions in QUIZ:
        if exercise_names(lesson) or questions:
            assert 5 <= len(questions) <= 8, lesson.slug
            assert {q.outcome for q in questions} == set(range(1, len(lesson.learn) + 1)), lesson.slug


CHECKED = [question for question in QUESTIONS if question.check]


@pytest.mark.parametrize("question", CHECKED, ids=[question.place for question in CHECKED])
def test_the_right_answer_is_computed_again(question):
    assert is_confirmed(question), recomputed(question)


def test_code_that_prints_is_run():
    unchecked = [question.place for question in QUESTIONS if "print(" in question.text and not question.check]
    assert unchecked == []


def test_the_right_answer_cannot_be_guessed_from_its_place_or_its_length():
    single = [question for question in QUESTIONS if question.kind == "single"]
    for _, questions in QUIZ:
        places = {q.answers.index(q.right[0]) for q in questions if q.kind == "single"}
        assert len(places) != 1
    for place in range(3):
        share = sum(q.answers.index(q.right[0]) == place for q in single) / len(single)
        assert 0.1 < share < 0.5
    for extreme in (max, min):
        found = [q for q in single if extreme(q.answers, key=lambda answer: len(answer.text)).is_right]
        assert len(found) < len(single) / 2
    true = [question.right[0].text == "true" for question in QUESTIONS if question.kind == "truth"]
    assert 0.35 < sum(true) / len(true) < 0.65


def test_every_text_is_whole_sentences():
    texts = chain.from_iterable(
        [question.explanation, *[answer.because for answer in question.answers if answer.because]]
        for question in QUESTIONS
    )
    assert [text for text in texts if not text.endswith(".")] == []


def test_a_measured_figure_is_quoted_and_never_typed():
    results = ROOT / "benchmarks" / "results"
    for lesson in LESSONS:
        source = (ROOT / "source" / f"{lesson.slug}.py").read_text(encoding="utf-8")
        quoted = {quote_figures(found, results) for found in re.findall(r"@\[[\w.]+\]", source)}
        figures = {one for one in quoted if len(re.sub(r"\D", "", one).strip("0")) > 2}
        path = ROOT / "source" / "questions" / f"{lesson.slug}.yaml"
        typed = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert figures & set(re.findall(r"\d[\d.,]*\d", typed)) == set(), lesson.slug


# What Moodle wants of a question of each type, by its documentation of the format.
COMMON = {"name/text", "questiontext/text", "generalfeedback/text", "defaultgrade", "penalty", "hidden"}
ANSWER = {"answer", "answer/text", "answer/feedback/text", "tags/tag/text"}
WANTED = {
    "multichoice": ANSWER | {"single", "shuffleanswers", "answernumbering"},
    "numerical": ANSWER | {"answer/tolerance"},
    "truefalse": ANSWER,
}
FORMATS = {"html", "moodle_auto_format", None}
KIND = {"multichoice": ("single", "multiple"), "numerical": ("number",), "truefalse": ("truth",)}


def read_moodle(text):
    """Read a question bank: categories, and what each question asks and answers."""
    bank, category = {}, ""
    for question in ET.fromstring(text.encode()):
        if question.get("type") == "category":
            category = question.findtext("category/text")
            bank[category] = []
        else:
            answers = [
                (a.findtext("text"), float(a.get("fraction")), a.findtext("feedback/text"))
                for a in question.iter("answer")
            ]
            bank[category].append((question.findtext("name/text"), question, answers))
    return bank


def test_moodle_reads_every_question():
    bank = read_moodle(moodle_xml(QUIZ))
    assert len(bank) == len(QUIZ)
    for (lesson, questions), (category, entries) in zip(QUIZ, bank.items(), strict=True):
        assert category == f"$course$/top/fer-course/{lesson.number} {lesson.title}"
        for number, (question, entry) in enumerate(zip(questions, entries, strict=True), start=1):
            name, element, answers = entry
            assert name == title(lesson, number, question)
            assert question.kind in KIND[element.get("type")]
            wanted = COMMON | WANTED[element.get("type")]
            assert [path for path in wanted if element.find(path) is None] == [], name
            assert {child.tag for child in element} == {path.partition("/")[0] for path in wanted}, name
            assert {child.get("format") for child in element.iter()} <= FORMATS, name
            assert element.findtext("questiontext/text").strip() and element.findtext("generalfeedback/text")
            assert sum(share for _, share, _ in answers if share > 0) == pytest.approx(100, abs=0.001)
            assert [share > 0 for _, share, _ in answers] == [a.is_right for a in question.answers]
            assert all(feedback for _, share, feedback in answers if share <= 0), name


def test_shares_are_those_that_moodle_knows():
    known = {100, 50, 33.33333, 25, 20, 16.66667, 14.28571, 12.5}
    shares = re.findall(r'fraction="(-?[\d.]+)"', moodle_xml(QUIZ))
    assert {abs(float(share)) for share in shares} - {0} <= known


RESERVED = re.compile(r"\\([\\#=~{}:n])")


def plain(text):
    return RESERVED.sub(lambda found: "\n" if found[1] == "n" else found[1], text.strip())


def cut(text, *marks):
    """Cut where a mark stands that is not escaped; each part keeps its mark."""
    return re.split(rf"(?<!\\)(?=[{''.join(marks)}])", text)


def read_gift(text):
    """Read GIFT: a blank line ends a question, a backslash guards what is reserved."""
    bank, category = {}, ""
    for block in text.strip().split("\n\n"):
        if block.startswith("$CATEGORY: "):
            category = block.removeprefix("$CATEGORY: ")
            bank[category] = []
            continue
        name, asked, answers, explanation = re.fullmatch(
            r"::(.*?)(?<!\\)::\[html\](.*?)(?<!\\)\{(.*)(?<!\\)####(.*?)(?<!\\)\}", block
        ).groups()
        bank[category].append((plain(name), plain(asked), answers, plain(explanation)))
    return bank


def gift_answers(text):
    """Give each answer's text and share; "numerical" and "truefalse" are told by how they begin."""
    if text.startswith(("TRUE", "FALSE")):
        right, because, _ = text.split("#", 2)
        return [(right.lower(), 100), (str(right != "TRUE").lower(), 0)], [plain(because)]
    answers, comments = [], []
    for part in cut(text.removeprefix("#"), "~", "="):
        if not part.strip():
            continue
        share = re.match(r"[~=]%(-?[\d.]+)%", part)
        rest = part[share.end() :] if share else part[1:]
        answer, *comment = re.split(r"(?<!\\)#", rest)
        answers.append((plain(answer), float(share[1]) if share else 100 * (part[0] == "=")))
        comments += [plain(one) for one in comment]
    return answers, comments


def test_gift_gives_back_the_same_questions():
    moodle, bank = read_moodle(moodle_xml(QUIZ)), read_gift(gift(QUIZ))
    assert list(bank) == list(moodle)
    for (_, questions), category in zip(QUIZ, bank, strict=True):
        for question, entry, (name, element, wanted) in zip(
            questions, bank[category], moodle[category], strict=True
        ):
            asked_name, asked, text, explanation = entry
            assert (asked_name, asked) == (name, element.findtext("questiontext/text"))
            assert explanation == element.findtext("generalfeedback/text")
            answers, comments = gift_answers(text)
            if question.kind == "number":
                answers = [(answer.partition(":")[0], share) for answer, share in answers]
            assert sorted(answers) == sorted((answer, share) for answer, share, _ in wanted)
            assert [one for one in comments if one] == [because for _, _, because in wanted if because]


def test_signs_that_formats_reserve_come_through(ask):
    text = (
        "Is `{x: 1} == {~y}` \\ or # `a < b & c`?\n\n```python\nx = {'a': '\\n'}\n\nif x != {}: print(x)\n```"
    )
    (question,) = ask({"text": text, "name": "Signs: a {b} = ~c #d <e>"})
    quiz = [(LESSONS[0], [question])]
    ((name, asked, _, _),) = next(iter(read_gift(gift(quiz)).values()))
    ((moodle_name, element, _),) = next(iter(read_moodle(moodle_xml(quiz)).values()))
    assert name == moodle_name == "00.1 Signs: a {b} = ~c #d <e>"
    assert asked == element.findtext("questiontext/text")
    assert (
        "<pre><code class=\"language-python\">x = {'a': '\\n'}\n\nif x != {}: print(x)\n</code></pre>"
        in asked
    )
    assert "<code>a &lt; b &amp; c</code>" in asked
    assert gift(quiz).count("\n\n") == 1


def test_the_self_test_folds_each_answer(ask):
    page = self_test(ask({}, {"name": "Again", "kind": "number", "answers": [{"right": 4}], "check": "4"}))
    assert page.startswith("## Test yourself")
    assert page.count("<details><summary>") == page.count("</details>") == 2
    before, _, folded = page.partition("<details>")
    assert "- (b) `4`" in before and "**(b).** Two and two." not in before
    assert "**(b).** Two and two." in folded and "- (a): That is one more." in folded
    assert "**4.** Two and two." in folded


def test_both_files_are_built(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["build_quiz.py", "--out", str(tmp_path / "quiz")])
    assert build_quiz.main() == 0
    assert (
        f"{len(QUESTIONS)} questions on {len([1 for _, q in QUIZ if q])} lessons" in capsys.readouterr().out
    )
    assert (tmp_path / "quiz" / "fer-course.xml").read_text(encoding="utf-8").startswith("<?xml")
    assert (tmp_path / "quiz" / "fer-course.gift").read_text(encoding="utf-8").startswith("$CATEGORY")
