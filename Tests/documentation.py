"""Builds the documentation of what `import NNGPU` shows, and NNModelFiles with it, as that of one module.

    python documentation.py BUILD OUTPUT [--warnings-as-errors]

BUILD is a folder of `swift build` that has the modules, such as .build/release. Fails where DocC cannot resolve a link.

DocC takes each module for itself, so that a link to a type of another one leads nowhere and a reader would have to know
which of seven modules has what one import shows. Their symbol graphs are joined under the name of the import.
"""

import argparse
import json
import pathlib
import platform
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = "NNGPU"
MODULES = ["NNFiles", "NNGraph", "NNReference", "NNOpenCL", "NNModel", "NNTraining", NAME, "NNModelFiles"]


def extract(build, folder):
    """Writes the symbol graphs of all modules to a folder."""
    maps = [
        *build.glob("*.build/module.modulemap"), *ROOT.glob("Sources/*/module.modulemap"),
        *build.resolve().parent.parent.glob("checkouts/*/Sources/*/include/module.modulemap")]
    for module in MODULES:
        subprocess.run(
            ["swift", "symbolgraph-extract", "-module-name", module, "-output-dir", str(folder),
             "-target", f"{platform.machine()}-unknown-linux-gnu", "-I", str(build / "Modules"),
             "-minimum-access-level", "public", "-skip-synthesized-members",
             *(word for path in maps for word in ("-Xcc", f"-fmodule-map-file={path}"))],
            check=True, cwd=ROOT)


def joined(folder):
    """One symbol graph of all those in a folder."""
    symbols, relationships, joined = {}, {}, None
    for path in sorted(folder.glob("*.symbols.json")):
        graph = json.loads(path.read_text())
        joined = joined or graph | {"module": graph["module"] | {"name": NAME}}
        symbols |= {symbol["identifier"]["precise"]: symbol for symbol in graph["symbols"]}
        relationships |= {json.dumps(own, sort_keys=True): own for own in graph["relationships"]}
    return joined | {"symbols": list(symbols.values()), "relationships": list(relationships.values())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        parts, whole = pathlib.Path(temporary, "parts"), pathlib.Path(temporary, "whole")
        parts.mkdir()
        whole.mkdir()
        extract(arguments.build.absolute(), parts)
        graph = joined(parts)
        (whole / f"{NAME}.symbols.json").write_text(json.dumps(graph))
        command = [
            "docc", "convert", str(ROOT / "Sources/NNGPU/NNGPU.docc"), "--additional-symbol-graph-dir", str(whole),
            "--fallback-display-name", NAME, "--fallback-bundle-identifier", NAME, "--warnings-as-errors",
            "--output-path", str(arguments.output)]
        if subprocess.run(command).returncode:
            sys.exit("the documentation has links that lead nowhere, or text that DocC does not take: see above")
    print(f"documentation of {len(graph['symbols'])} symbols in {arguments.output}")


if __name__ == "__main__":
    main()
