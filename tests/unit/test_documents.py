"""What the documents say of the code is what the code says."""

import re
from dataclasses import fields
from pathlib import Path

import protovalidate
import pytest
from google.protobuf import descriptor_pool, json_format, message_factory

from identity_service import settings
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.contexts import CONTEXTS
from identity_service.notification.rendering.overrides.language import FILTERS, PARTS
from identity_service.rpc.services import rpcs_by_scope

DOCS = Path(__file__).parents[2] / "docs"
CALLS = [
    call
    for page in sorted([*DOCS.glob("*.md"), DOCS.parent / "README.md"])
    for call in re.findall(r"^rpc ([\w.]+)/(\w+) '(.+)'$", page.read_text(), re.MULTILINE)
]


def test_the_table_of_settings_is_the_one_that_the_command_prints():
    assert settings.table() in (DOCS / "settings.md").read_text()


def test_every_document_that_the_readme_names_exists():
    readme = (DOCS.parent / "README.md").read_text()
    named = {part.partition(")")[0] for part in readme.split("](")[1:]}
    missing = [name for name in named if not name.startswith("http") and not (DOCS.parent / name).exists()]
    assert not missing


def test_the_readme_names_every_document():
    readme = (DOCS.parent / "README.md").read_text()
    assert [page.name for page in DOCS.glob("*.md") if f"(docs/{page.name})" not in readme] == []


def test_the_list_of_decisions_names_each_with_its_title():
    decisions = DOCS / "decisions"
    listed = (decisions / "README.md").read_text()
    pages = {page.name: page.read_text().partition("\n")[0].removeprefix("# ") for page in decisions.glob("*-*.md")}
    assert [name for name, title in pages.items() if f"- [{title}]({name})\n" not in listed] == []


@pytest.mark.parametrize(("service", "rpc", "request_text"), CALLS, ids=[rpc for _, rpc, _ in CALLS])
def test_every_call_that_is_shown_is_a_valid_one_of_the_contract(service: str, rpc: str, request_text: str):
    assert rpc in {name for names in rpcs_by_scope().values() for name in names}
    method = descriptor_pool.Default().FindServiceByName(service).methods_by_name[rpc]
    request = message_factory.GetMessageClass(method.input_type)()
    protovalidate.validate(json_format.Parse(request_text, request))


def test_the_table_of_what_templates_may_name_is_that_of_the_contexts():
    page = (DOCS / "templates.md").read_text()
    for kind, context in CONTEXTS.items():
        row = f"| `{kind}` | {_quoted(context.names())} | {_quoted(context.must_show)}".rstrip()
        assert f"\n{row} |\n" in page


def test_the_page_on_templates_names_every_filter_part_and_field_of_the_brand():
    page = (DOCS / "templates.md").read_text()
    names = [*(FILTERS - {"e"}), *(f"parts.{name}" for name in PARTS), *(field.name for field in fields(Brand))]
    assert [name for name in names if f"`{name}`" not in page] == []


def _quoted(names):
    return ", ".join(f"`{name}`" for name in names)
