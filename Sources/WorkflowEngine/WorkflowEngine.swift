/// # WorkflowEngine
///
/// Runs graphs of typed nodes and knows nothing about what the nodes compute: no picture and no tensor is
/// imported here. The way of a workflow through this module, one folder a stage:
///
/// ```
/// text ──DocumentReader──▶ WorkflowDocument ──expanded──▶ ExpandedWorkflow ──Resolver──▶ ResolvedGraph
///                                                        ResolvedGraph ──Engine.plan──▶ ExecutionPlan
///                                                                      ──Engine.run ──▶ RunReport
/// ```
///
/// Read first, depending on what you came for:
/// - **to write a node**: `NodeImplementation` (what a node does), `NodeInputs`, `NodeOutputs`, `RunContext`;
/// - **to add a kind of value**: `WorkflowValue`, and `ValueCodec` if it should survive the process;
/// - **to describe a node**: `NodeSpec`, read from one YAML text per type by `NodeCatalog`;
/// - **to read or change a workflow file**: `WorkflowDocument`, `DocumentReader`; what is set in it: `Assignment`;
/// - **to know what a workflow means**: `ExpandedWorkflow`, `Resolver`, `ResolvedGraph`, `Diagnostic`;
/// - **to run it**: `Engine`, `RunEvent`, `RunReport`, `RunReason`; what survives: `ResultCache`.
///
/// The module owns graphs, keys, order, caching and events. It doesn't own model files (see `FileCatalog`),
/// tensors, pictures, threads of computation, or anything that prints.
