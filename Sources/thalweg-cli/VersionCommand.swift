import ArgumentParser
import Thalweg

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Prints the version of Thalweg.")

    func run() throws { try Terminal.print("thalweg \(ThalwegVersion.text)") }
}
