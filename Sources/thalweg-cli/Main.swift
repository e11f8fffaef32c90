import ArgumentParser
import Foundation
import Thalweg
import ThalwegPractice

/// Every failure leaves through here: one line on standard error and the right exit code.
@main
enum Main {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        // A file beyond the limit is told as one that cannot be written.
        signal(SIGXFSZ, SIG_IGN)
        Terminal.replaceInvalidArguments()
        do {
            if let message = ThalwegCommand.unknownVerb(Terminal.arguments) {
                throw CommandFailure(description: message, code: 64)
            }
            var command = try ThalwegCommand.parseAsRoot(Terminal.arguments)
            try command.run()
            try Terminal.flush()
        } catch is BrokenPipe {
            // The reader has seen enough, as `head` does.
            Foundation.exit(0)
        } catch let error as CommandFailure {
            Terminal.error(error.description)
            Foundation.exit(error.code)
        } catch let error as TrainingError {
            Terminal.error(error.description)
            if case .interrupted = error { Foundation.exit(Interruption.exitCode) }
            Foundation.exit(1)
        } catch let error as DataError {
            Terminal.error(error.description)
            Foundation.exit(1)
        } catch let error as ConfigurationError {
            Terminal.error(error.description)
            Foundation.exit(1)
        } catch let error as SearchError {
            Terminal.error(error.description)
            Foundation.exit(1)
        } catch let error as ChoiceError {
            Terminal.error(error.description)
            Foundation.exit(1)
        } catch let error where ThalwegCommand.exitCode(for: error) == .validationFailure {
            // The parser's message, then its usage: the first says it in one line.
            Terminal.error(ThalwegCommand.message(for: error))
            Foundation.exit(64)
        } catch let error where ThalwegCommand.exitCode(for: error) == .success {
            let text = ThalwegCommand.fullMessage(for: error)
            do {
                try Terminal.print(text)
                try Terminal.flush()
            } catch { Foundation.exit(0) }
            Foundation.exit(0)
        } catch {
            Terminal.error("\(error)")
            Foundation.exit(1)
        }
    }
}

/// A failure with a code of its own.
struct CommandFailure: Error, CustomStringConvertible {
    var description: String
    var code: Int32 = 1
}

/// A value that an option cannot take, whatever the data, is a mistake of usage, as an option that does not exist.
func asUsage<Value>(_ read: () throws -> Value) throws -> Value {
    do { return try read() } catch let error as ConfigurationError {
        throw CommandFailure(description: error.description, code: 64)
    }
}

struct BrokenPipe: Error {}
