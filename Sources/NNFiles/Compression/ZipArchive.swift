import CZlib

/// A zip archive in memory: what stands in its directory, and one member's bytes at a time.
///
///     for each member: header | name | extra | data;  directory: an entry each;  end: where it is
///
/// Members are stored or deflated; sizes and check sums are the directory's. Archives of 4 GiB or more
/// (zip64) are not read. Nothing is believed before it has been checked against the bytes that are there.
package struct ZipArchive {
    /// The first bytes of an archive with members.
    package static let signature: [UInt8] = Array("PK".utf8) + [3, 4]

    /// What the directory says of one member.
    struct Member {
        let name: String
        fileprivate let flags: Int
        fileprivate let method: Int
        fileprivate let checksum: Int
        fileprivate let compressedSize: Int
        fileprivate let size: Int
        fileprivate let offset: Int
    }

    let members: [Member]
    private let places: [String: Int]
    private let bytes: [UInt8]
    private let file: String

    /// The most bytes that all members together may hold.
    private static let limit = 1 << 32

    private static let entrySize = 46
    private static let endSize = 22
    private static let headerSize = 30

    init(_ bytes: [UInt8], name file: String) throws(DataError) {
        guard !bytes.isEmpty else { throw .noSamples(file) }
        self.bytes = bytes
        self.file = file
        func number(_ place: Int, _ size: Int) -> Int { Self.number(in: bytes, at: place, size) }
        // The end has a comment of up to 64 KiB, so it is looked for from behind.
        let lastEnd = bytes.count - Self.endSize
        guard lastEnd >= 0,
            let end = (max(0, lastEnd - 0xFFFF)...lastEnd).last(where: {
                number($0, 4) == 0x0605_4B50
                    && number($0 + 20, 2) == bytes.count - $0 - Self.endSize
            })
        else {
            if let kind = FileKind.of(bytes), !kind.isZip { throw .foreign(file: file, kind) }
            throw .zip(file: file, .directory)
        }
        let (count, start) = (number(end + 10, 2), number(end + 16, 4))
        guard count < 0xFFFF, start < 0xFFFF_FFFF else { throw .zip(file: file, .zip64) }
        var place = start
        var members: [Member] = []
        var places: [String: Int] = [:]
        for _ in 0..<count {
            guard place + Self.entrySize <= end, number(place, 4) == 0x0201_4B50 else {
                throw .zip(file: file, .directory)
            }
            let nameEnd = place + Self.entrySize + number(place + 28, 2)
            guard nameEnd <= end else { throw .zip(file: file, .directory) }
            let member = Member(
                name: String(decoding: bytes[place + Self.entrySize..<nameEnd], as: UTF8.self),
                flags: number(place + 8, 2), method: number(place + 10, 2),
                checksum: number(place + 16, 4), compressedSize: number(place + 20, 4),
                size: number(place + 24, 4), offset: number(place + 42, 4))
            guard max(member.compressedSize, member.size, member.offset) < 0xFFFF_FFFF else {
                throw .zip(file: file, .zip64)
            }
            guard places.updateValue(members.count, forKey: member.name) == nil else {
                throw .zip(file: file, .duplicate(member.name))
            }
            members.append(member)
            place = nameEnd + number(place + 30, 2) + number(place + 32, 2)
        }
        // Entries that share their data could make gigabytes of a small file.
        guard members.reduce(0, { $0 + $1.compressedSize }) <= bytes.count else {
            throw .zip(file: file, .directory)
        }
        guard members.reduce(0, { $0 + $1.size }) <= Self.limit else {
            throw .tooLarge(file: file, limit: Self.limit)
        }
        self.members = members
        self.places = places
    }

    /// What programs call such an archive, by its first bytes.
    var kind: FileKind? { FileKind.of(bytes) }

    /// The member of that name, if there is one.
    func member(named name: String) -> Member? { places[name].map { members[$0] } }

    /// The bytes of a member, inflated and checked.
    func contents(of member: Member) throws(DataError) -> [UInt8] {
        func damaged(_ problem: String) -> DataError {
            .zip(file: file, .damaged(member.name, problem))
        }
        let isEncrypted = member.flags & 1 != 0
        guard !isEncrypted, member.method == 0 || member.method == 8 else {
            throw .zip(file: file, .method(member.name))
        }
        let header = member.offset
        guard header + Self.headerSize <= bytes.count,
            bytes[header...].starts(with: Self.signature)
        else { throw damaged("it is not where the directory says") }
        let start =
            header + Self.headerSize
            + Self.number(in: bytes, at: header + 26, 2)
            + Self.number(in: bytes, at: header + 28, 2)
        guard start + member.compressedSize <= bytes.count else {
            throw damaged("it ends too early")
        }
        let data = bytes[start..<start + member.compressedSize]
        let contents: [UInt8]
        if member.method == 0 {
            contents = Array(data)
        } else {
            do throws(Inflater.Failure) {
                contents = try Inflater.inflate(data, in: .none, to: member.size)
            } catch {
                throw damaged(error.problem)
            }
        }
        guard contents.count == member.size else { throw damaged("its sizes differ") }
        guard Self.checksum(of: contents) == member.checksum else {
            throw damaged("its check sum is wrong")
        }
        return contents
    }

    private static func number(in bytes: [UInt8], at place: Int, _ size: Int) -> Int {
        bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private static func checksum(of bytes: [UInt8]) -> Int { Int(crc32_z(0, bytes, bytes.count)) }
}

// MARK: - Writing

extension ZipArchive {
    /// The bytes of an archive of stored members; the same members give the same bytes.
    static func encode(
        _ members: [(name: String, contents: [UInt8])], name file: String
    ) throws(DataError) -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for (name, contents) in members {
            let nameBytes = Array(name.utf8)
            let offset = archive.count
            guard offset + contents.count < 0xFFFF_FFFF - 1 << 20, members.count < 0xFFFF,
                nameBytes.count < 0xFFFF
            else { throw .zip(file: file, .zip64) }
            // Version 2.0, names in UTF-8, stored, and the first day that the format knows.
            let common: [UInt8] =
                [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]
                + number(checksum(of: contents), 4) + number(contents.count, 4)
                + number(contents.count, 4) + number(nameBytes.count, 2)
            archive += signature + common + number(0, 2) + nameBytes + contents
            directory +=
                [0x50, 0x4B, 1, 2, 20, 0] + common + number(0, 12) + number(offset, 4) + nameBytes
        }
        let start = archive.count
        archive += directory
        archive += [0x50, 0x4B, 5, 6] + number(0, 4) + number(members.count, 2)
        archive += number(members.count, 2) + number(directory.count, 4) + number(start, 4)
        archive += number(0, 2)
        return archive
    }

    private static func number(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
