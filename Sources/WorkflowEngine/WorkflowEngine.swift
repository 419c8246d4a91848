/// # WorkflowEngine
///
/// Runs graphs of typed nodes and knows nothing about what the nodes compute: no picture and no tensor is
/// imported here. What comes in is a graph that `Workflows` has read and resolved:
///
/// ```
/// ResolvedGraph ──Engine.plan──▶ ExecutionPlan
///               ──Engine.run ──▶ RunReport
/// ```
///
/// Read first, depending on what you came for:
/// - **to write a node**: `NodeImplementation` (what a node does), `NodeInputs`, `NodeOutputs`, `RunContext`;
/// - **to add a kind of value**: `WorkflowValue`, and `ValueCodec` if it should survive the process;
/// - **to run it**: `Engine`, `RunEvent`, `RunReport`, `RunReason`; what survives: `ResultCache`.
///
/// The module owns keys, order, caching and events. It doesn't own files of workflows, model files, tensors, pictures, threads of
/// computation, or anything that prints.
