import { isTensor } from './places.mjs';

/** Disposes all tensors within a value. */
export function disposeIn(v, seen = new Set(), depth = 0) {
  if (typeof v !== 'object' || v === null || seen.has(v) || depth > 6) return;
  seen.add(v);
  if (isTensor(v)) {
    try {
      if (!v.isDisposed) v.dispose();
    } catch {}
    return;
  }
  if (ArrayBuffer.isView(v)) return;
  let values = [];
  try {
    values = v instanceof Map ? [...v.values()] : Object.values(v);
  } catch {
    return;
  }
  for (const each of values.slice(0, 200)) disposeIn(each, seen, depth + 1);
}
