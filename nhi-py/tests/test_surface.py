"""What the inner module has is what the package has, and docstrings run."""

import doctest

import nhi


def test_the_package_exports_all_of_the_inner_module():
    inner = {name for name in dir(nhi._nhi) if not name.startswith("_")}
    assert len(inner) == 11
    assert inner <= set(nhi.__all__)


def test_the_examples_of_the_docstrings_run():
    result = doctest.testmod(nhi)
    assert result.attempted >= 4 and result.failed == 0


def test_codes_are_those_of_the_core(request):
    page = request.config.rootpath.parent / "docs" / "error-codes.md"
    text = page.read_text(encoding="utf-8")
    core = [code for code in nhi.ERROR_CODES if code not in ("internal", "rejected")]
    assert len(core) >= 9 and all(f"`{code}`" in text for code in core)
    assert nhi.__version__.count(".") == 2
