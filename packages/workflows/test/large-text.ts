/** A definition of many steps that refer to each other; with `broken`, every one has a problem. */
export const largeText = (size: number, broken = false): string =>
  JSON.stringify({
    name: "large",
    parameters: { path: { type: "string", default: "." } },
    steps: Array.from({ length: size }, (_, index) => ({
      name: `step_${index}`,
      module: "core",
      action: "echo",
      parameters: { value: index === 0 ? 1 : `{{step_${index - 1}.output}}`, path: "{{path}}" },
      dependencies: broken ? ["nowhere"] : index > 10 ? [`step_${index - 10}`] : [],
    })),
  });
