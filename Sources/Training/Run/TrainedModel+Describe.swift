extension TrainedModel {
    /// `model.json` of a run folder, without its weights.
    ///
    /// - Throws: `TrainingError.notARun` when it is missing or damaged.
    package static func describe(_ folder: RunFolder) throws -> ModelDescription {
        let description: ModelDescription = try folder.read(ModelDescription.self, from: folder.description)
        guard description.format == 1, description.architecture.isSound else {
            throw TrainingError.notARun(folder.path, problem: "model.json is damaged or of another version")
        }
        return description
    }
}
