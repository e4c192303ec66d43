"""The questions of all lessons as files for a learning platform, and as a self-test for the book.

Moodle XML is written as Moodle's importer reads it (docs.moodle.org/en/Moodle_XML_format), GIFT likewise
(docs.moodle.org/en/GIFT_format): a question a line, with HTML in it, since blank lines end a question there.
"""

from collections.abc import Sequence
from string import ascii_lowercase
from xml.sax.saxutils import escape

from markdown_it import MarkdownIt

from .notebooks import exercise_names
from .questions import Answer, Question
from .source import Lesson

Quiz = Sequence[tuple[Lesson, Sequence[Question]]]

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_MOODLE_KIND = {
    "single": "multichoice",
    "multiple": "multichoice",
    "number": "numerical",
    "truth": "truefalse",
}
_RESERVED = str.maketrans(
    {"\\": "\\\\", "#": "\\#", "=": "\\=", "~": "\\~", "{": "\\{", "}": "\\}", ":": "\\:", "\n": "\\n"}
)


def moodle_xml(quiz: Quiz) -> str:
    """Write the questions as Moodle XML, a category a lesson.

    Args:
        quiz: Lessons with their questions.

    Returns:
        The text of the file.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    for lesson, questions in quiz:
        lines += [
            '<question type="category">',
            f"<category><text>{escape(_category(lesson))}</text></category>",
            "</question>",
        ]
        for number, question in enumerate(questions, start=1):
            lines += _xml_question(lesson, number, question)
    return "\n".join([*lines, "</quiz>", ""])


def gift(quiz: Quiz) -> str:
    """Write the questions as GIFT, a category a lesson.

    Args:
        quiz: Lessons with their questions.

    Returns:
        The text of the file.
    """
    parts = []
    for lesson, questions in quiz:
        parts.append(f"$CATEGORY: {_category(lesson)}")
        for number, question in enumerate(questions, start=1):
            name = title(lesson, number, question).translate(_RESERVED)
            text = _html(question.text).translate(_RESERVED)
            explanation = _html(question.explanation).translate(_RESERVED)
            answers = "".join(_gift_answers(question))
            parts.append(f"::{name}::[html]{text}{{{answers}####{explanation}}}")
    return "\n\n".join(parts) + "\n"


def self_test(questions: Sequence[Question]) -> str:
    """Write the questions for the book, each with its answer folded.

    Args:
        questions: The questions about a lesson.

    Returns:
        Markdown; ``<details>`` opens by mouse and keyboard and needs no script.
    """
    parts = ["## Test yourself", "Decide first, then open the answer."]
    for number, question in enumerate(questions, start=1):
        letters = dict(zip(question.answers, ascii_lowercase, strict=False))
        parts.append(f"**{number}. {question.name}**\n\n{question.text}")
        if question.kind == "truth":
            parts.append("True or false?")
        elif question.kind != "number":
            parts.append("\n".join(f"- ({letters[answer]}) {answer.text}" for answer in question.answers))
        parts += [
            f"<details><summary>Answer to question {number}</summary>",
            f"**{_solution(question, letters)}** {question.explanation}",
            "\n".join(
                f"- {_label(question, answer, letters)}: {answer.because}"
                for answer in question.answers
                if answer.because
            ),
            "</details>",
        ]
    return "\n\n".join(part for part in parts if part)


def outcomes(quiz: Quiz) -> str:
    """Write the book's page of learning outcomes: what practises each, and what asks about it.

    Args:
        quiz: Lessons with their questions.

    Returns:
        Markdown, a table with a row for each line of a lesson's ``learn``.
    """
    rows = []
    for lesson, questions in quiz:
        name = f"[{lesson.number} {lesson.title}](lessons/{lesson.slug}.ipynb)"
        exercises = ", ".join(f"`{exercise}`" for exercise in exercise_names(lesson))
        for number, outcome in enumerate(lesson.learn, start=1):
            asked = [str(place) for place, one in enumerate(questions, start=1) if one.outcome == number]
            rows.append(f"| {name} | {lesson.number}.{number} {outcome} | {exercises} | {', '.join(asked)} |")
            name = exercises = ""
    head = (
        "# Learning outcomes\n\n"
        "What each lesson teaches, the exercises that practise it, and which of the questions at its end ask "
        "about it.\n\n"
        "| lesson | after it you know | exercises | questions |\n| --- | --- | --- | --- |\n"
    )
    return head + "\n".join([*rows, ""])


def title(lesson: Lesson, number: int, question: Question) -> str:
    """Name a question in a question bank, such as "03.2 A straight ramp"."""
    return f"{lesson.number}.{number} {question.name}"


def fraction(question: Question, answer: Answer) -> str:
    """Say what choosing an answer earns, in per cent as Moodle writes them.

    Right answers share 100. In multiple choice wrong ones take as much away, so ticking all earns nothing.
    """
    if answer.is_right:
        share = 100 / len(question.right)
    else:
        share = -100 / len(question.wrong) if question.kind == "multiple" else 0
    return f"{share:.5f}".rstrip("0").rstrip(".")


def _category(lesson: Lesson) -> str:
    return f"$course$/top/fer-course/{lesson.number} {lesson.title.replace('/', '//')}"


def _html(markdown: str) -> str:
    return _MARKDOWN.render(markdown).strip()


def _inline_html(markdown: str) -> str:
    return _MARKDOWN.renderInline(markdown)


def _text(tag: str, html: str) -> str:
    """Write an element of HTML; ``]]>`` cannot occur in it, since Markdown's ``>`` became an entity."""
    return f'<{tag} format="html"><text><![CDATA[{html}]]></text></{tag}>'


def _xml_question(lesson: Lesson, number: int, question: Question) -> list[str]:
    lines = [
        f'<question type="{_MOODLE_KIND[question.kind]}">',
        f"<name><text>{escape(title(lesson, number, question))}</text></name>",
        _text("questiontext", _html(question.text)),
        _text("generalfeedback", _html(question.explanation)),
        "<defaultgrade>1</defaultgrade>",
        f"<penalty>{1 if question.kind == 'truth' else 0.3333333}</penalty>",
        "<hidden>0</hidden>",
    ]
    if question.kind in ("single", "multiple"):
        lines += [
            f"<single>{'true' if question.kind == 'single' else 'false'}</single>",
            "<shuffleanswers>true</shuffleanswers>",
            "<answernumbering>abc</answernumbering>",
        ]
    for answer in question.answers:
        is_choice = question.kind in ("single", "multiple")
        text = f"<![CDATA[{_inline_html(answer.text)}]]>" if is_choice else answer.text
        lines += [
            f'<answer fraction="{fraction(question, answer)}" '
            f'format="{"html" if is_choice else "moodle_auto_format"}">',
            f"<text>{text}</text>",
            _text("feedback", _inline_html(answer.because)),
            *([f"<tolerance>{question.tolerance}</tolerance>"] if question.kind == "number" else []),
            "</answer>",
        ]
    return [
        *lines,
        f"<tags><tag><text>outcome {lesson.number}.{question.outcome}</text></tag></tags>",
        "</question>",
    ]


def _gift_answers(question: Question) -> list[str]:
    """Write what stands between the braces, but for the explanation."""
    because = {answer: _inline_html(answer.because).translate(_RESERVED) for answer in question.answers}
    if question.kind == "truth":
        (right,), (wrong,) = question.right, question.wrong
        return [f"{right.text.upper()}#{because[wrong]}#{because[right]}"]
    written = []
    for answer in question.answers:
        text = _inline_html(answer.text).translate(_RESERVED)
        if question.kind == "number":
            text = f"=%{fraction(question, answer)}%{answer.text}:{question.tolerance}"
        elif question.kind == "multiple":
            text = f"~%{fraction(question, answer)}%{text}"
        else:
            text = "~="[answer.is_right] + text
        written.append(f"{text}#{because[answer]} " if because[answer] else f"{text} ")
    return ["#" if question.kind == "number" else "", *written]


def _solution(question: Question, letters: dict[Answer, str]) -> str:
    if question.kind in ("single", "multiple"):
        return ", ".join(f"({letters[answer]})" for answer in question.right) + "."
    return f"{question.right[0].text.capitalize()}."


def _label(question: Question, answer: Answer, letters: dict[Answer, str]) -> str:
    if question.kind in ("single", "multiple"):
        return f"({letters[answer]})"
    return answer.text.capitalize()
