import Foundation

/// Bytes that lie on a disk because memory is short, in a file without a name that ends with the process.
///
/// It is made where files outlive a restart, as the usual folder for temporary files may be in memory.
package final class SpillFile {
    private let descriptor: Int32

    /// Makes an empty file; nil where none can be made.
    package init?() {
        let folders = ["/var/tmp", FileManager.default.temporaryDirectory.path]
        let descriptors = folders.lazy.map { folder -> Int32 in
            let path = "\(folder)/nngpu-\(UUID().uuidString)"
            let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 { unlink(path) }
            return descriptor
        }
        guard let descriptor = descriptors.first(where: { $0 >= 0 }) else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Writes bytes from a place on; false where the disk has no room for them.
    package func write(_ data: Data, at place: Int) -> Bool {
        var place = off_t(place)
        return data.writeAll { bytes, count in
            let written = pwrite(descriptor, bytes, count, place)
            place += off_t(max(written, 0))
            return written
        } == 0
    }

    /// Reads so many bytes from a place on; nil where they cannot be read.
    package func read(_ count: Int, at place: Int) -> Data? {
        var data = Data(count: count)
        let isRead = data.withUnsafeMutableBytes { bytes in
            var done = 0
            while done < count {
                let read = pread(
                    descriptor, bytes.baseAddress?.advanced(by: done), count - done,
                    off_t(place + done))
                if read > 0 { done += read } else if read == 0 || errno != EINTR { return false }
            }
            return true
        }
        return isRead ? data : nil
    }
}
