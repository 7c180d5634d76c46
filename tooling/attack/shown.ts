/** A value as text of bounded length, whatever it is. */
export function shown(value: unknown, most = 600): string {
  const text = asText(value);
  return text.length > most ? `${text.slice(0, most)}… (${text.length})` : text;
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value, readable) ?? String(value);
  } catch {
    // cyclic, or its toJSON throws
  }
  try {
    return String(value);
  } catch {
    return 'unprintable';
  }
}

/** What JSON would drop or change. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'symbol') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0';
  if (value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array || value instanceof Uint8Array)
    return value.length > 64
      ? `[${value.length} numbers]`
      : Array.from(value, (x) => (Number.isFinite(x) ? Number(x.toPrecision(9)) : String(x)));
  return value;
}
