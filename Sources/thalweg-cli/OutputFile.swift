import ArgumentParser
import Foundation
import ThalwegTraining

/// Refuses a file to be written that is read from, or that belongs to a run: a name too much on the command line must not cost
/// anybody's data or model.
///
/// - Parameter option: names the file on the command line.
func requireSpare(_ path: String, option: String, inputs: [String] = []) throws {
    func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    let target = resolved(path)
    let problem =
        inputs.contains { resolved($0) == target }
        ? "is a file to read from" : RunFolder.owns(target) ? "is a file of the run itself" : nil
    if let problem { throw CommandFailure(description: "\(path): \(problem); name another with --\(option)") }
}

/// A folder named on the command line: an empty name is what a script's unset variable leaves.
@Sendable func folderName(_ text: String) throws -> String {
    guard !text.isEmpty else { throw ValidationError("the folder's name is empty") }
    return text
}
