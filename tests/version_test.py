"""What cmake/version.cmake says of the sources, in clones and outside of them."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "cmake/version.cmake"


class Version(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="eigenrnn-version-")).resolve()
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        self.environment["GIT_CONFIG_GLOBAL"] = os.devnull

    def git(self, folder, *arguments):
        names = ("-c", "user.name=A", "-c", "user.email=a@b.c")
        return subprocess.run(["git", "-C", folder, *names, *arguments], env=self.environment, check=True,
                              text=True, stdout=subprocess.PIPE).stdout.strip()

    def sources(self, folder):
        for name in ("src/a.cpp", "cmake/a.cmake", "datasets/a.sha256", "docs/a.md", "CMakeLists.txt"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("one\n")
        return folder

    def repository(self, folder):
        self.git(folder, "init", "--quiet")
        self.git(folder, "add", ".")
        self.git(folder, "commit", "--quiet", "--allow-empty", "--message", "all")
        return self.git(folder, "rev-parse", "HEAD")

    def version(self, source, **environment):
        """Commit and dirty as version.h has them."""
        output = self.folder / "version.h"
        subprocess.run(["cmake", f"-DSOURCE={source}", f"-DOUTPUT={output}", "-P", SCRIPT], check=True,
                       env={**self.environment, **environment})
        text = output.read_text()
        return (re.search('kCommit = "(.*)"', text)[1], re.search("kDirty = (.*);", text)[1])

    def test_a_clone_has_a_commit(self):
        source = self.sources(self.folder / "clone")
        head = self.repository(source)
        self.assertEqual(self.version(source), (head, "false"))
        (source / "docs/a.md").write_text("two\n")  # no part of the program
        self.assertEqual(self.version(source), (head, "false"))
        link = self.folder / "link"
        link.symlink_to(source)
        self.assertEqual(self.version(link), (head, "false"))

    def test_whatever_the_program_is_built_from_makes_it_dirty(self):
        source = self.sources(self.folder / "clone")
        head = self.repository(source)
        for name in ("src/a.cpp", "src/new.cpp", "cmake/a.cmake", "datasets/a.sha256", "CMakeLists.txt"):
            (source / name).write_text("two\n")
            self.assertEqual(self.version(source), (head, "true"), name)
            self.git(source, "stash", "--include-untracked", "--quiet")

    def test_sources_within_another_repository_have_none_of_its_commits(self):
        for ignored in ("", "project/\n"):
            outer = self.folder / f"outer{len(ignored)}"
            source = self.sources(outer / "project")
            (outer / ".gitignore").write_text(ignored)
            self.repository(outer)
            self.assertEqual(self.version(source), ("unknown", "std::nullopt"))

    def test_git_dir_is_no_word_about_the_sources(self):
        (self.folder / "other").mkdir()
        self.repository(self.folder / "other")
        git_dir = str(self.folder / "other/.git")
        source = self.sources(self.folder / "unpacked")
        self.assertEqual(self.version(source, GIT_DIR=git_dir), ("unknown", "std::nullopt"))
        self.assertEqual(self.version(source, GIT_DIR=git_dir, GIT_WORK_TREE=str(source)),
                         ("unknown", "std::nullopt"))
        head = self.repository(source)
        self.assertEqual(self.version(source, GIT_DIR=git_dir), (head, "false"))

    def test_without_git_or_a_commit_nothing_is_known(self):
        source = self.sources(self.folder / "clone")
        self.git(source, "init", "--quiet")
        self.assertEqual(self.version(source), ("unknown", "std::nullopt"))
        self.repository(source)
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "cmake").symlink_to(shutil.which("cmake"))
        self.assertEqual(self.version(source, PATH=str(programs)), ("unknown", "std::nullopt"))


if __name__ == "__main__":
    unittest.main()
