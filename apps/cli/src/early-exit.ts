/**
 * Watches for a step that ends the whole process, until it is disposed of: `tell` gets the chance to say so and gives the
 * exit code, since the one that the step chose would say something else, success perhaps.
 */
export function watchEarlyExit(tell: () => number | null): Disposable {
  const onExit = () => {
    const exitCode = tell();
    if (exitCode !== null) process.exitCode = exitCode;
  };
  process.on("exit", onExit);
  return { [Symbol.dispose]: () => void process.off("exit", onExit) };
}
