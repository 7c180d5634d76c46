/** A value as the code that makes it: integers, lists, and records of them. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, field]) => `${property(name)}: ${literal(field)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : String(value);
}

/** The name of a field as code; that of the prototype would not make a field. */
const property = (name: string): string =>
  name === '__proto__' ? "['__proto__']" : /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) ? name : literal(name);

/** The call of a function as code. */
export const call = (name: string, ...values: readonly unknown[]): string => `${name}(${values.map(literal).join(', ')})`;
