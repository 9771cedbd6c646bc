#!/bin/bash
# SwiftPM does not compile a module anew when a type changes that reaches it through another module's @_exported import.
#
# Versions: Swift 6.3.1 (Debian 12, x86-64); the toolchain on the path is taken, as no package registry has one.
# Behaviour: Lib has a public struct, Mid says `@_exported import Lib`, App depends on Mid and prints the struct's size.
# After a stored property is added, a build compiles Lib and Mid; App keeps its old layout and says 16 where it is 24,
# release or debug, also when built once more, and for a public property as for a private one. Only a clean build is
# right. If App declares Lib too, it is compiled anew. So it is across packages: a library product has to list the
# modules that it hands on as targets of its own, or an update leaves its users with the old layout of its types.
# Seen: App on Mid: 16, after 16, clean 24; App on Mid and Lib: 16, after 24, clean 24
set -eu
command -v swift >/dev/null || { echo "there is no swift"; exit 77; }
swift --version 2>/dev/null | grep -q 'version 6\.3\.1 ' || { echo "another version of Swift"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p Sources/Lib Sources/Mid Sources/App
echo '@_exported import Lib' >Sources/Mid/Mid.swift
printf 'import Mid\nprint(MemoryLayout<Record>.size)\n' >Sources/App/main.swift

record() { # record PROPERTY: writes Lib's struct with one property more, or none
    printf 'public struct Record {\n    public let first = 1\n    public let last = 2\n    %s\n    public init() {}\n}\n' \
        "$1" >Sources/Lib/Lib.swift
}

size() { # size: builds and says what App prints
    swift build -c release >build.log 2>&1 || { cat build.log >&2; exit 1; }
    .build/release/App
}

try() { # try DEPENDENCIES: the sizes before and after the change, and of a clean build
    cat >Package.swift <<SWIFT
// swift-tools-version: 6.0
import PackageDescription
let package = Package(
    name: "Stale",
    targets: [
        .target(name: "Lib"), .target(name: "Mid", dependencies: ["Lib"]),
        .executableTarget(name: "App", dependencies: [$1]),
    ])
SWIFT
    rm -rf .build
    record ''
    before=$(size)
    sleep 2 # times of files may be in whole seconds
    record 'public let added = 3'
    after=$(size)
    rm -rf .build
    echo "$before, after $after, clean $(size)"
}

indirect=$(try '"Mid"')
declared=$(try '"Mid", "Lib"')
seen="App on Mid: $indirect; App on Mid and Lib: $declared"
echo "$seen"
[ "$seen" = "App on Mid: 16, after 16, clean 24; App on Mid and Lib: 16, after 24, clean 24" ]
