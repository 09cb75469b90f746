"""A hook of mkdocs (mkdocs.yml): which files the site has, and where GitHub's Markdown is not mkdocs'.

README.md is the first page, then all of docs/, and whatever these link to, each where it is in the project: so links
hold in the project and in the site.
"""

import pathlib
import re
from typing import Any, Iterator, List

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = pathlib.Path(__file__).resolve().parent.parent
_CODE = re.compile(r"(^```.*?^```|`[^`\n]*`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s#]+)")


def _links(page: pathlib.Path) -> Iterator[pathlib.Path]:
    """The files that a page links to. Throws PluginError if one is not there."""
    for target in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        if ":" in target:
            continue
        path = (page.parent / target).resolve()
        if not path.is_file():
            raise PluginError(f"{page.relative_to(ROOT)} links to {target}, which is no file")
        yield path


def _linked() -> List[str]:
    """All files of the site, by their paths in the project."""
    waiting = [ROOT / "README.md", *(path for path in sorted(ROOT.glob("docs/**/*")) if path.is_file())]
    found = dict.fromkeys(waiting)
    while waiting:
        page = waiting.pop()
        new = [path for path in (_links(page) if page.suffix == ".md" else ()) if path not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return [path.relative_to(ROOT).as_posix() for path in found]


def on_files(files: Files, config: Any) -> Files:
    of_theme = [file for file in files if not pathlib.Path(file.abs_src_path).is_relative_to(config["docs_dir"])]
    ours = [File(path, str(ROOT), config["site_dir"], config["use_directory_urls"]) for path in _linked()]
    return Files([*of_theme, *ours])


def on_page_markdown(markdown: str, **_: Any) -> str:
    """`\\<` is < on GitHub, and stays as it is in mkdocs."""
    parts = _CODE.split(markdown)
    parts[::2] = [part.replace(r"\<", "&lt;") for part in parts[::2]]
    return "".join(parts)
