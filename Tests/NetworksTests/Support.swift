import ThalwegEngine

func key(_ seed: UInt64 = 1) -> RandomKey { RandomKey(seed: seed) }
