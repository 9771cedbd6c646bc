import Foundation

extension ContiguousBytes {
    /// Hands the bytes to a function of the system that takes as many as it can, until all are through.
    ///
    /// - Parameter write: Takes bytes and their number; returns how many it took, or -1 with `errno` set.
    /// - Returns: 0, or the system's error number.
    func writeAll(by write: (UnsafeRawPointer?, Int) -> Int) -> Int32 {
        withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = write(bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                if count > 0 {
                    offset += count
                } else if count == 0 {
                    return EIO
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }
}
