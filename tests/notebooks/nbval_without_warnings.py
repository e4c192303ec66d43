"""A pytest plugin for nbval: what goes to stderr (warnings, progress bars) is not compared."""


def pytest_collection_modifyitems(items):
    for notebook in {item.parent for item in items}:
        notebook.skip_compare = (*notebook.skip_compare, "stderr")
