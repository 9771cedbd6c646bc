#!/usr/bin/env bash
# Builds and runs a package that depends on NNGPU by version, as its users' packages do. Flags that SwiftPM calls unsafe
# would make this fail. Its programs are the examples of the README and of the articles: the Swift blocks of each, in
# their order, are one. Each has to run and to print something.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A release of the working tree: what is committed here under a tag of its own.
mkdir "$work/nngpu"
(cd "$root" && git ls-files -z | xargs -0 tar -c --ignore-failed-read) | tar -x -C "$work/nngpu"
git -C "$work/nngpu" init -q
git -C "$work/nngpu" add -A
git -C "$work/nngpu" -c user.name=consumer -c user.email=consumer@localhost commit -qm "Release"
git -C "$work/nngpu" tag 1.0.0

# What the compiler says names the article and its line.
program() {
    awk -v article="$1" '
        /^```swift$/ { copying = 1; printf "#sourceLocation(file: \"%s\", line: %d)\n", article, NR + 1; next }
        /^```/ { copying = 0 }
        copying' "$1"
}

cd "$root"
programs=()
targets=""
for article in README.md Sources/NNGPU/NNGPU.docc/*.md; do
    grep -q '^```swift$' "$article" || continue
    name=$(basename "$article" .md)
    mkdir -p "$work/consumer/Sources/$name"
    program "$article" > "$work/consumer/Sources/$name/main.swift"
    programs+=("$name")
    targets+=".executableTarget(name: \"$name\", dependencies: [.product(name: \"NNGPU\", package: \"nngpu\")]),"
done
cat > "$work/consumer/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
    name: "Consumer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "file://$work/nngpu", from: "1.0.0")],
    targets: [$targets],
    swiftLanguageModes: [.v6])
SWIFT
cd "$work/consumer"
swift build -c release --scratch-path "$root/.build-consumer"

# What is fetched with it: Yams at most, none of the packages of the tool and the tests.
fetched=$(grep -o '"identity" : "[^"]*"' Package.resolved)
if [ "$(wc -l <<< "$fetched")" -gt 2 ]; then
    echo "a user of NNGPU fetches more than two packages:" >&2
    echo "$fetched" >&2
    exit 1
fi

failed=()
for name in "${programs[@]}"; do
    echo "--- $name"
    timeout 300 "$root/.build-consumer/release/$name" > "$work/output" || failed+=("$name")
    cat "$work/output"
    [ -s "$work/output" ] || failed+=("$name prints nothing")
done
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
echo "${#programs[@]} programs of the documentation run"
