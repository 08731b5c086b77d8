/**
 * The text of a workflow to begin with: valid as it is, it runs without any module of one's own, and says beside each line
 * what can be written there.
 */
export const starterWorkflow = (name: string): string => `# A workflow: steps that depend on each other.
# Run it:    orch run ${name} -p who=you
# Check it:  orch workflow validate ${name}
# Draw it:   orch workflow graph ${name}
# All that can be written here: orch workflow schema

name: ${name}
description: Says hello

# What a run can be given: a JSON Schema for each. Add "required: true" where there is no default.
parameters:
  who:
    type: string
    default: world
    description: Who is greeted

steps:
  # A step calls an action of a module: a built-in one, or a file in config/modules.
  - name: greet
    module: core
    action: echo
    parameters:
      # {{who}} is the parameter. A text that is one placeholder keeps the type of its value.
      message: "Hello {{who}}"

  # It waits for greet, because it refers to its output. For other orders: dependencies: [greet]
  - name: shout
    module: core
    action: echo
    parameters:
      message: "{{greet.output}}!"
    # Seconds for each attempt, further attempts, and seconds before the first of them.
    timeout: 60
    max_retries: 2
    retry_delay: 1
    # More that a step may have:
    # run_if: params.who != ""      # a condition in CEL; false skips the step and what needs it
    # foreach: "{{list.output}}"    # once for each item: {{item}} and {{index}} in its parameters
    # required: false               # its failure is a warning
    # cache: true                   # an earlier result for the same input is used again

# What the run gives back, by name.
outputs:
  greeting: "{{shout.output}}"
`;
