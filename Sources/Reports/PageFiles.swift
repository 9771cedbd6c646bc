import CPages
import Charts
import Mustache

/// The texts that pages are made of, which travel in the binary.
enum PageFiles {
    /// The text of a file; empty if there is none, which a test rules out for all that are used.
    static func text(_ name: String) -> String {
        page_file(name).map { String(cString: $0) } ?? ""
    }

    /// The rules of pages and of the figures on them.
    static var style: String { Chart.stylesheet + "\n" + text("page.css") }

    /// Renders a page; its parts are what the template's tags name.
    ///
    /// - Throws: What is wrong with a template, by its line.
    static func render(_ page: Any, with template: String) throws -> String {
        var library = MustacheLibrary()
        for part in ["figure", "table"] {
            try library.register(text("\(part).mustache"), named: part)
        }
        return try MustacheTemplate(string: text("\(template).mustache"))
            .render(page, library: library)
    }
}
