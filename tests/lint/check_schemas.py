"""Every YAML file that we ship, held against its JSON Schema as editors do it.

    check_schemas.py SCHEMA_FOLDER FILE_OR_FOLDER...

Status 77, which the test counts as skipped, where python3-jsonschema or python3-yaml is not there.
"""

import json
import pathlib
import sys

SKIPPED = 77

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(SKIPPED)


def build_loader():
    """Plain scalars as YAML 1.2 types them (of 1.1 come dates, octal numbers, yes and no)."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {}
    import re

    # Ids and releases like 1e5 or 0123 are texts only where they are quoted.
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))
    Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?[0-9]+$"), list("-0123456789"))
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"^-?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
        list("-.0123456789"),
    )
    Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
    Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))
    return Loader


def yaml_files(paths):
    for path in map(pathlib.Path, paths):
        files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        yield from (file for file in files if "measurements" not in file.parts)


def main(schema_folder, *paths):
    loader = build_loader()
    validators = {}
    for file in pathlib.Path(schema_folder).glob("*.schema.json"):
        schema = json.loads(file.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[file.name.removesuffix(".schema.json")] = jsonschema.Draft202012Validator(schema)
    checked = 0
    problems = 0
    for file in yaml_files(paths):
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
        kind = content.get("kind")
        if kind not in validators:
            print(f"{file}: no schema of kind {kind!r}")
            problems += 1
            continue
        checked += 1
        for error in validators[kind].iter_errors(content):
            problems += 1
            print(f"{file}: {error.json_path}: {error.message}")
    print(f"{checked} files against {len(validators)} schemas: {problems} problems")
    return 1 if problems or not checked else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
