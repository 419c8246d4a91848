/// # GoldenSupport
///
/// Reference values: what another program computed for the same inputs, and how ours compares.
///
/// Read first: `GoldenSet` (the files), `GoldenCase` (one comparison), `GoldenRunner` (runs them), `GoldenReport`
/// (what is printed). Models of the reference set are synthetic; `RecipeModels` makes them.
///
/// Shared by the command `golden`, by tests and by benchmarks.
