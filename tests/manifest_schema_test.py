"""docs/manifest.md and docs/manifest.schema.json are what the program says, and the schema takes right manifests and
no wrong ones."""

import copy
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
EIGENRNN = os.environ["EIGENRNN"]
DOCUMENT = ROOT / "docs" / "manifest.md"
SCHEMA = ROOT / "docs" / "manifest.schema.json"


class CoreSchemaLoader(yaml.SafeLoader):
    """As the program reads numbers: 1e-3 is one, too, which it is not in YAML 1.1."""


CoreSchemaLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
    list("-+0123456789."),
)


def printed(what: str) -> str:
    return subprocess.run([EIGENRNN, "list", what], check=True, capture_output=True, text=True, cwd=ROOT).stdout


def example() -> str:
    return DOCUMENT.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]


class Documents(unittest.TestCase):
    def test_they_are_what_the_program_prints(self):
        for path, what in ((DOCUMENT, "manifest"), (SCHEMA, "schema")):
            with self.subTest(path.name):
                is_same = path.read_text(encoding="utf-8") == printed(what)
                self.assertTrue(is_same, f"write it with: build/eigenrnn list {what} >{path.relative_to(ROOT)}")

    def test_the_example_is_a_right_manifest(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "my_study.yaml"
            path.write_text(example(), encoding="utf-8")
            found = subprocess.run([EIGENRNN, "validate", path], capture_output=True, text=True, cwd=ROOT)
            self.assertEqual((found.returncode, found.stderr), (0, ""))


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(cls.schema)
        cls.validator = jsonschema.Draft7Validator(cls.schema)

    def mistakes(self, manifest: dict) -> list:
        return [error.message for error in self.validator.iter_errors(manifest)]

    def test_takes_every_manifest_of_the_project(self):
        manifests = [path for path in sorted((ROOT / "experiments").glob("*.yaml")) if path.name != "analysis.yaml"]
        self.assertGreater(len(manifests), 10)
        for path in manifests:
            with self.subTest(path.name):
                manifest = yaml.load(path.read_text(encoding="utf-8"), CoreSchemaLoader)
                self.assertEqual(self.mistakes(manifest), [])

    def test_takes_the_example_and_none_of_its_mistyped_forms(self):
        right = yaml.load(example(), CoreSchemaLoader)
        self.assertEqual(self.mistakes(right), [])
        for where, value in (
            (("sede",), 3),
            (("seeds",), 0),
            (("seeds",), [1, -1]),
            (("cells", 0), "lsmt"),
            (("cells",), []),
            (("model", "hidden_size"), 0),
            (("model", "hidden_size"), 1.5),
            (("training", "lr"), 0.1),
            (("training", "optimizer"), "adamw2"),
            (("task", "name"), "tomito"),
            (("task", "options", "grammar"), 3),
            (("conditions", 0, "options", "length"), "long"),
            (("conditions", 0, "seeds"), 0),
            (("initializers", 1), "eigne"),
            (("initializers", 2, "options", "radius"), [0.1, 0.2, 0.3]),
            (("initializers", 2, "options", "gain"), 1.0),
            (("overrides", 0, "trainings"), {}),
            (("tables", 0, "digits"), 7),
            (("profiles", "fast"), {}),
            (("profiles", "quick", "training", "optimizer"), "sgd"),
        ):
            with self.subTest(where=where, value=value):
                wrong = copy.deepcopy(right)
                place = wrong
                for key in where[:-1]:
                    place = place[key]
                place[where[-1]] = value
                self.assertNotEqual(self.mistakes(wrong), [])


if __name__ == "__main__":
    unittest.main()
