/// # Workflows
///
/// Reads what people and other programs write down, and says what it means. Nothing here runs anything. One folder a stage:
///
/// ```
/// text ──DocumentReader──▶ WorkflowDocument ──expanded──▶ ExpandedWorkflow ──Resolver──▶ ResolvedGraph
/// ```
///
/// Read first, depending on what you came for:
/// - **to read or change a workflow file**: `WorkflowDocument`, `DocumentReader`; what is set in it: `Assignment`;
/// - **to know what a workflow means**: `ExpandedWorkflow`, `Resolver`, `ResolvedGraph`, `Diagnostic`;
/// - **to describe a node**: `NodeSpec`, read from one YAML text per type by `NodeCatalog`;
/// - **to run a workflow many times**: `Sweep`, `Repetition`.
///
/// The module looks at no folder itself, but for files that a workflow calls: see `FileCatalog`, `ImplementedTypes`.
