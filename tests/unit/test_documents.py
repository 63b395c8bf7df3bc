"""What the documents say of the code is what the code says."""

from pathlib import Path

from identity_service import settings

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_of_settings_is_the_one_that_the_command_prints():
    assert settings.table() in (DOCS / "settings.md").read_text()


def test_every_document_that_the_readme_names_exists():
    readme = (DOCS.parent / "README.md").read_text()
    named = {part.partition(")")[0] for part in readme.split("](")[1:]}
    missing = [name for name in named if not name.startswith("http") and not (DOCS.parent / name).exists()]
    assert not missing
