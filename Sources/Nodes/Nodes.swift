/// # Nodes
///
/// The nodes of a workflow, as glue: a node reads its inputs, calls a function of `Diffusion` or `Pictures` and gives
/// the result back. No mathematics of more than a screen, nothing about graphs, caches or the command line.
///
/// Read first:
/// - `Node`, the protocol, and `NodeInputs+Values.swift`, how inputs are read;
/// - `NodeTable`, every node in one line; the contracts are the YAML files in `NodeSpecs/`;
/// - `NodeServices`, the folders and stores that nodes share;
/// - `Values/`, how the values of this domain become values of the engine.
