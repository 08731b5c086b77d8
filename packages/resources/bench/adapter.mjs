// What the project offers for section g, through its public API.
const ledgerOf =
  ({ Ledger }) =>
  (resources) => {
    const ledger = new Ledger();
    for (const resource of resources) ledger.define(resource);
    const compiled = new Map();
    const compile = (requirements) => {
      const demand = ledger.compileDemand(requirements.map(([type, amounts]) => ({ type, amounts })));
      compiled.set(requirements, demand);
      return demand;
    };
    return {
      allocate(user, requirements) {
        const grant = ledger.grant(compiled.get(requirements) ?? compile(requirements), user, 0);
        return grant.ok ? grant : null;
      },
      release: (grant) => ledger.release(grant, 0),
    };
  };

export async function contenders(hook, { load }) {
  if (hook !== "g:ledger" && hook !== "g:semaphore") return {};
  const resources = await load("resources");
  if (resources === null) return null;
  if (hook === "g:semaphore") return { orch: (permits) => new resources.Semaphore(permits) };
  return { "orch ledger": ledgerOf(resources) };
}
