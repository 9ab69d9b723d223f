"""The table of the surface and the package hold the same names; the inner module, the docstrings and the README too."""

import contextlib
import doctest
import io
import re

import guard
import nhi
import pytest

# What the core itself has not yet: an entry that it has makes the test fail.
ROOT_README = "README.md"
# Exceptions are a form of Python; the table has operations.
LANGUAGE_ONLY = {"InternalError", "InvalidInputError", "NhiError", "RejectedError", "StateError", "WrongTypeError"}


@pytest.fixture
def root(request):
    return request.config.rootpath.parent


def table(root):
    """The names of the column for Python; `Assessment.x` is the key `x` of what `assess` gives."""
    lines = (root / "nhi-core/vectors/surface.tsv").read_text(encoding="utf-8").splitlines()
    head, *rows = [line.split("\t") for line in lines if line]
    assert head == ["# operation", "rust", "python", "node", "c"] and len(rows) >= 79, len(rows)
    assert all(len(row) == 5 for row in rows)
    names = {name for row in rows for name in row[2].split(" ")} - {"-"}
    assert len(names) >= 70
    return names


def package():
    """Every public name, and every public method and attribute of a public class."""
    names = set(nhi.__all__)
    for name in nhi.__all__:
        thing = getattr(nhi, name)
        if isinstance(thing, type) and name not in LANGUAGE_ONLY:
            names |= {f"{name}.{inner}" for inner in vars(thing) if not inner.startswith("_") or inner == "__len__"}
    return names | {f"Assessment.{key}" for key in nhi.assess({}, 0)}


def test_the_table_of_the_surface_and_the_package_have_the_same_names(root):
    wanted, found = table(root), package()
    # A class that no call makes is told by its methods.
    wanted |= {name.split(".")[0] for name in wanted if "." in name} - {"Assessment"}
    assert wanted - found == set(), "in the table, not in the package"
    assert found - wanted == LANGUAGE_ONLY, "in the package, not in the table"


def test_the_package_exports_all_of_the_inner_module():
    inner = {name for name in dir(nhi._nhi) if not name.startswith("_")}
    assert len(inner) == 14
    assert inner <= set(nhi.__all__)
    public = {name for name in dir(nhi) if not name.startswith("_")}
    assert public - {"records"} == set(nhi.__all__) - {"__version__"}


def test_the_examples_of_the_docstrings_run():
    result = doctest.testmod(nhi)
    assert result.attempted >= 4 and result.failed == 0


def test_every_code_is_documented_and_has_its_class(root):
    page = (root / "docs/error-codes.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE))
    assert len(told) >= 9
    assert set(nhi.ERROR_CODES) == (told | {"rejected", "internal"}) - {"null_pointer", "panic", "other", "not_built"}
    assert all(issubclass(of, nhi.NhiError) for of in nhi.ERROR_CODES.values())
    assert nhi.__version__.count(".") == 2


def test_the_file_that_types_are_checked_on_uses_everything(root):
    text = (root / "nhi-py/tests/typed.py").read_text(encoding="utf-8")
    names = {name.split(".")[-1] for name in package()} - {"__len__", "report"}
    assert {name for name in names if not re.search(rf"\b{name}\b", text)} == set()


def section(root):
    """What the README says of Python: the snippet, its output, and a part of what guard prints."""
    text = (root / ROOT_README).read_text(encoding="utf-8").split("\n## Python\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)
    assert [kind for kind, _ in blocks] == ["python", "text", "text"]
    return [block for _, block in blocks]


def without_times(text):
    return re.sub(r" +[0-9.]+ us  ", " ", text)


def test_the_snippet_of_the_readme_gives_what_it_shows(root):
    snippet, shown, _ = section(root)
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(compile(snippet, ROOT_README, "exec"), {})
    assert told.getvalue() == shown


def test_the_readme_shows_what_guard_prints(root, capsys):
    guard.main()
    real = without_times(capsys.readouterr().out)
    *_, shown = section(root)
    assert len(shown.splitlines()) >= 7 and without_times(shown).strip() in real


def test_guard_is_thirty_lines_with_the_comments_of_the_one_in_rust(root):
    rust = (root / "examples/guard.rs").read_text(encoding="utf-8").split("-> Result<Decision")[1].split("\n    }\n")[0]
    python = (root / "examples/guard/guard.py").read_text(encoding="utf-8").split("def guard(")[1].split("\n\n\n")[0]
    assert 25 <= python.count("\n") <= 32
    comments = [line.strip().lstrip("/# ") for text in (rust, python) for line in text.splitlines()
                if line.strip().startswith(("//", "#"))]
    assert len(comments) == 10 and comments[:5] == comments[5:]
    laps = [re.findall(r'watch\.lap\("(\w+)"', text) for text in (rust, python)]
    assert len(laps[0]) == 6 and laps[0] == laps[1]
