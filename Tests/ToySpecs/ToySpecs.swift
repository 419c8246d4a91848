package import Workflows

/// Specifications of nodes that any test of workflows and of the engine can use; nothing here knows of pictures.
package let toySpecs = NodeCatalog(texts: [
    (
        "Number",
        "type: Number\ncategory: toys\naliases: [Num]\ninputs:\n  value: {type: INT, default: 0, min: -1000000, max: 18446744073709551615}\noutputs: [{name: INT, type: INT}]"
    ),
    ("Add", "type: Add\ncategory: toys\ninputs:\n  a: {type: INT}\n  b: {type: INT, default: 0}\noutputs: [{name: INT, type: INT}]"),
    (
        "Halve",
        "type: Halve\ncategory: toys\ninputs:\n  value: {type: INT, socket: true}\noutputs: [{name: half, type: INT}, {name: rest, type: INT}]"
    ),
    (
        "Concatenate",
        "type: Concatenate\ncategory: toys\ninputs:\n  first: {type: STRING, default: \"\"}\n  second: {type: STRING, default: \"\"}\n  separator: {choices: [none, blank, comma]}\n  third: {type: STRING, optional: true}\noutputs: [{name: STRING, type: STRING}]"
    ),
    ("Fail", "type: Fail\ncategory: toys\ninputs:\n  value: {type: INT, default: 0}\noutputs: [{name: INT, type: INT}]"),
    (
        "Steps",
        "type: Steps\ncategory: toys\ninputs:\n  steps: {type: INT, default: 10, min: 1, max: 10000}\noutputs: [{name: INT, type: INT}]"
    ),
    (
        "Walk",
        "type: Walk\ncategory: toys\ninputs:\n  steps: {type: INT, default: 10, min: 1, max: 10000}\n  seed: {type: INT, default: 0}\noutputs: [{name: BLOB, type: BLOB}]"
    ),
    ("Range", "type: Range\ncategory: toys\ninputs:\n  count: {type: INT, default: 3}\noutputs: [{name: INT, type: INT, list: true}]"),
    (
        "Sum",
        "type: Sum\ncategory: toys\ninputs:\n  values: {type: INT}\n  factor: {type: INT, default: 1}\ninput_is_list: true\noutputs: [{name: INT, type: INT}]"
    ),
    (
        "Switch",
        "type: Switch\ncategory: toys\ninputs:\n  choose: {type: BOOLEAN, default: true}\n  on_true: {type: \"*\", lazy: true}\n  on_false: {type: \"*\", lazy: true}\noutputs: [{name: out, type: \"*\"}]"
    ),
    ("Block", "type: Block\ncategory: toys\ninputs:\n  value: {type: INT, default: 0}\noutputs: [{name: INT, type: INT}]"),
    ("Chance", "type: Chance\ncategory: toys\nalways_runs: true\noutputs: [{name: INT, type: INT}]"),
    ("ReadFile", "type: ReadFile\ncategory: toys\ninputs:\n  file: {files: input}\noutputs: [{name: STRING, type: STRING}]"),
    (
        "WriteFile",
        "type: WriteFile\ncategory: toys\noutput_node: true\ninputs:\n  value: {type: \"*\"}\n  name: {type: STRING, default: out}\noutputs: []"
    ),
    ("Show", "type: Show\ncategory: toys\noutput_node: true\ninputs:\n  value: {type: \"*\"}\noutputs: []"),
    (
        "Blob",
        "type: Blob\ncategory: toys\ninputs:\n  seed: {type: INT, default: 0}\n  size: {type: INT, default: 1000}\n  after: {type: \"*\", optional: true}\noutputs: [{name: BLOB, type: BLOB}]"
    ),
    (
        "MixBlobs",
        "type: MixBlobs\ncategory: toys\ninputs:\n  a: {type: BLOB}\n  b: {type: BLOB, optional: true}\n  amount: {type: FLOAT, default: 0.5, min: 0, max: 1}\noutputs: [{name: BLOB, type: BLOB}]"
    ),
    ("Measure", "type: Measure\ncategory: toys\ninputs:\n  blob: {type: BLOB}\noutputs: [{name: INT, type: INT}]"),
    (
        "LoadRecipe",
        "type: LoadRecipe\ncategory: toys\ninputs:\n  file: {files: models}\noutputs: [{name: RECIPE, type: RECIPE}, {name: NOTE, type: STRING}]"
    ),
    (
        "Cook",
        "type: Cook\ncategory: toys\ninputs:\n  recipe: {type: RECIPE}\n  seed: {type: INT, default: 0}\noutputs: [{name: BLOB, type: BLOB}]"
    ),
])
