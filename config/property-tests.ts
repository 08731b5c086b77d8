// The seed of every property test: fixed, so that a run that passes passes again, unless ORCH_TEST_SEED says another
// number or `random`, which explores inputs that no run has seen. ORCH_TEST_RUNS says how many inputs a property is
// shown that names no number of its own.
import fc from "fast-check";

const FIXED_SEED = 20_261_121;
const { ORCH_TEST_SEED: chosen = String(FIXED_SEED), ORCH_TEST_RUNS: runs } = process.env;

fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  ...(chosen !== "random" && { seed: Number(chosen) }),
  ...(runs !== undefined && { numRuns: Number(runs) }),
});
