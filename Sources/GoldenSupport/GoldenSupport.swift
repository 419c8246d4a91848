// GoldenSupport
