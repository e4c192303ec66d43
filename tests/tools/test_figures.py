import json

import pytest
from authoring.figures import quote_figures


@pytest.fixture
def results(tmp_path):
    (tmp_path / "blur.json").write_text(json.dumps({"n": 28709, "removed": {"80": 0.06}, "data": "FER2013"}))
    return tmp_path


def test_values_are_filled_in(results):
    assert (
        quote_figures("@[blur.data]: @[blur.removed.80] % of @[blur.n].", results)
        == "FER2013: 0.06 % of 28,709."
    )


def test_other_text_stays(results):
    assert (
        quote_figures("a@b.c, [link](x.ipynb), @[not a reference]", results)
        == "a@b.c, [link](x.ipynb), @[not a reference]"
    )


@pytest.mark.parametrize(("text", "named"), [("@[blur.removed.90]", "'90'"), ("@[gone.n]", "gone.json")])
def test_a_missing_value_is_named(results, text, named):
    with pytest.raises(LookupError, match=named):
        quote_figures(text, results)
