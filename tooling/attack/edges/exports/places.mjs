import { isStamped } from '@longspan/core-tensor/error';

export const isTensor = (v) => {
  try {
    return typeof v === 'object' && v !== null && 'dataId' in v;
  } catch {
    return false;
  }
};

export const isPlain = (v) => {
  try {
    return (
      typeof v === 'object' &&
      v !== null &&
      !isTensor(v) &&
      !isStamped(v) &&
      (Array.isArray(v) || [Object.prototype, null].includes(Object.getPrototypeOf(v)))
    );
  } catch {
    return false;
  }
};

/** Places in arguments: paths of keys. */
export function placesOf(args) {
  const found = [];
  const walk = (v, path, depth) => {
    if (path.length > 0) found.push(path);
    if (depth > 4 || !isPlain(v)) return;
    const keys = Object.keys(v);
    for (const k of keys.slice(0, 12)) walk(v[k], [...path, Array.isArray(v) ? Number(k) : k], depth + 1);
  };
  for (const [i, argument] of args.entries()) walk(argument, [i], 0);
  return found;
}

/** Lists and records copied, what they hold shared. */
export const copyPlain = (v, depth = 0) =>
  !isPlain(v) || depth > 6
    ? v
    : Array.isArray(v)
      ? v.map((e) => copyPlain(e, depth + 1))
      : Object.fromEntries(Object.entries(v).map(([k, e]) => [k, copyPlain(e, depth + 1)]));

/** What lies at a path; undefined where a change before has put something there whose fields throw. */
export const at = (args, path) => {
  try {
    return path.reduce((v, k) => v?.[k], args);
  } catch {
    return undefined;
  }
};

/** Whether a value takes no changes: of a proxy that throws nothing can be said. */
export const isFrozen = (value) => {
  try {
    return Object.isFrozen(value);
  } catch {
    return true;
  }
};

export function setAt(args, path, value) {
  const parent = at(args, path.slice(0, -1));
  if (typeof parent === 'object' && parent !== null && !isFrozen(parent)) {
    try {
      parent[path.at(-1)] = value;
      return true;
    } catch {}
  }
  return false;
}

/** What a value is, roughly. */
export const kindOf = (v) =>
  v === undefined || v === null
    ? 'none'
    : isTensor(v)
      ? 'tensor'
      : Array.isArray(v) || ArrayBuffer.isView(v)
        ? 'list'
        : typeof v === 'object'
          ? 'record'
          : typeof v;
