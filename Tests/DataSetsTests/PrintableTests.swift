import Foundation
import Testing
import ThalwegDataSets

@Suite struct PrintableTests {
    @Test(arguments: [
        ("plain", "plain"), ("schön – “ja” 数", "schön – “ja” 数"), ("a\u{1B}[31mb", "a\\u001b[31mb"),
        ("line\nline\ttab\r", "line\\u000aline\\u0009tab\\u000d"), ("\u{9B}31m\u{7F}", "\\u009b31m\\u007f"),
        ("abc\u{202E}txt.exe", "abc\\u202etxt.exe"), ("e\u{301}", "e\u{301}"), ("", ""),
    ])
    func whatSteersATerminalIsShown(_ text: String, _ shown: String) throws {
        #expect(text.printable() == shown)
        // As JSON it is what it was.
        let read = try JSONDecoder().decode(String.self, from: Data("\"\(text.printable())\"".utf8))
        #expect(read == text)
    }

    @Test func linesMayBeKept() {
        #expect("a\n\tb\u{8}".printable(keepsLines: true) == "a\n\tb\\u0008")
    }
}
