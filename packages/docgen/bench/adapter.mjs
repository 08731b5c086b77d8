// What the project offers for section f, through its public API.
const HOOKS = {
  f: ({ renderTemplate }) => renderTemplate,
  "f:compiled": ({ compileTemplate }) => compileTemplate,
};

export async function contenders(hook, { load }) {
  const make = HOOKS[hook];
  const docgen = make && (await load("docgen"));
  return docgen ? { orch: make(docgen) } : {};
}
