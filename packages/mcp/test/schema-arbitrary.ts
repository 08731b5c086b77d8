import fc from "fast-check";

/** As much of JSON Schema as the tools use. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

const json = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => !/"__proto__"|"constructor"|"prototype"/.test(JSON.stringify(value)));

/** Values that a schema allows. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valuesOf));
  switch (schema.type) {
    case "string":
      if (schema.pattern)
        return fc.stringMatching(new RegExp(schema.pattern), { maxLength: 40, size: "small" });
      return fc.string({
        minLength: schema.minLength ?? 0,
        maxLength: Math.min(schema.maxLength ?? 20, 20),
        unit: "binary",
      });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "integer":
      return fc.integer({ min: schema.minimum ?? -1000, max: Math.min(schema.maximum ?? 1000, 1000) });
    case "number":
      return fc.double({ min: 0.001, max: 1e6, noNaN: true });
    case "array":
      return fc.array(valuesOf(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 });
    case "object":
      return objectsOf(schema);
    default:
      throw new Error(`A schema without a type: ${JSON.stringify(schema)}`);
  }
}

function objectsOf({
  minProperties = 0,
  properties,
  required = [],
  additionalProperties,
}: Schema): fc.Arbitrary<unknown> {
  if (properties) {
    const fields = Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, valuesOf(each)]));
    return fc.record(fields, { requiredKeys: [...required] as never });
  }
  const inner = typeof additionalProperties === "object" ? valuesOf(additionalProperties) : json;
  return fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), inner, {
    minKeys: minProperties,
    maxKeys: 4,
    noNullPrototype: true,
  });
}

/** Values that a schema of an object refuses: one field of a wrong type, a missing one, or one too many. */
export function brokenValuesOf(schema: Schema): fc.Arbitrary<Record<string, unknown>> {
  const good = valuesOf(schema) as fc.Arbitrary<Record<string, unknown>>;
  const { properties = {}, required = [] } = schema;
  const strange = good.map((value) => ({ ...value, zzzzzzzz: 1 }));
  const missing = required.map((key) =>
    good.map((value) => Object.fromEntries(Object.entries(value).filter(([each]) => each !== key))),
  );
  const wrong = Object.keys(properties).map((key) => good.map((value) => ({ ...value, [key]: null })));
  return fc.oneof(strange, ...missing, ...wrong);
}
