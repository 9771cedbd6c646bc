#!/usr/bin/env bash
# Builds and runs a package that depends on NNGPU by version, as its users' packages do. Flags that
# SwiftPM calls unsafe would make this fail.
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

mkdir -p "$work/consumer/Sources/Consumer"
cat > "$work/consumer/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
    name: "Consumer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "file://$work/nngpu", from: "1.0.0")],
    targets: [
        .executableTarget(
            name: "Consumer", dependencies: [.product(name: "NNGPU", package: "nngpu")])
    ])
SWIFT
# The example of the README, as it stands there.
awk '/^```swift/ { copying = 1; next } /^```/ { if (copying) exit } copying' "$root/README.md" \
    > "$work/consumer/Sources/Consumer/main.swift"
cd "$work/consumer"
swift build -c release --scratch-path "$root/.build-consumer"
"$root/.build-consumer/release/Consumer"

# What is fetched with it: Yams at most, none of the packages of the tool and the tests.
fetched=$(grep -o '"identity" : "[^"]*"' Package.resolved)
if [ "$(wc -l <<< "$fetched")" -gt 2 ]; then
    echo "a user of NNGPU fetches more than two packages:" >&2
    echo "$fetched" >&2
    exit 1
fi
