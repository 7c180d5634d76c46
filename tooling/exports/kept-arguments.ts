import { isRecord, isStamped } from '@longspan/core-tensor/error';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Row } from './row.ts';

type Run = (...args: unknown[]) => unknown;

/** What a caller can change by hand in what was given or handed out: fields of plain records and lists, at any depth. */
function scramble(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value) || isStamped(value) || Object.isFrozen(value)) return;
  seen.add(value);
  if (ArrayBuffer.isView(value) && 'fill' in value) (value as Int32Array).fill(0);
  if (!(Array.isArray(value) || isRecord(value))) return;
  const fields = value as Record<string, unknown>;
  for (const [name, each] of Object.entries(fields)) {
    if (typeof each === 'number') fields[name] = each + 1;
    else if (typeof each === 'string') fields[name] = `${each}?`;
    else if (typeof each === 'boolean') fields[name] = !each;
    else if (typeof each === 'object') {
      scramble(each, seen);
      if (isStamped(each) || Object.isFrozen(each)) fields[name] = null;
    }
  }
}

/** The same with plain records and lists of its own, for rows may share theirs. */
function own(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isStamped(value)) return value;
  if (ArrayBuffer.isView(value) && 'slice' in value) return (value as Int32Array).slice();
  if (Array.isArray(value)) return value.map(own);
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, own(each)])) : value;
}

/** As text, with the values of tensors. */
async function read(value: unknown): Promise<string> {
  const wait = async (each: unknown): Promise<unknown> => {
    if (typeof each === 'function') return 'function';
    if (typeof each === 'bigint' || typeof each === 'symbol') return String(each);
    if (typeof each !== 'object' || each === null) return each;
    if ('dataId' in each) return [...(await (each as Tensor).data())].map(String);
    if (ArrayBuffer.isView(each)) return [...(each as Int32Array)].map(String);
    if (Array.isArray(each)) return Promise.all(each.map(wait));
    return Object.fromEntries(await Promise.all(Object.entries(each).map(async ([name, one]) => [name, await wait(one)] as const)));
  };
  return JSON.stringify(await wait(await value));
}

/** What can be seen of what a function made: what its methods give, its JSON, and what it gives itself where it is a function. */
async function seenOf(made: unknown, { methods = {} }: Pick<Row, 'methods'>): Promise<string> {
  const found: string[] = [];
  for (const [name, { calls }] of Object.entries(methods)) {
    const method = (made as Readonly<Record<string, Run>>)[name] as Run;
    for (const call of calls) found.push(await read(tidy(() => method.apply(made, [...call(made)]) as never)));
  }
  if (typeof made === 'function') for (const given of [0, 7, 'weight']) found.push(await ofFunction(made as Run, given));
  found.push(jsonOf(made));
  return found.join('\n');
}

/** What a function of one argument gives, whatever argument it takes. */
async function ofFunction(made: Run, given: unknown): Promise<string> {
  try {
    return await read(made(given, [2, 2]));
  } catch (error) {
    return String(error);
  }
}

/** Nothing where it has no JSON, and says so. */
function jsonOf(made: unknown): string {
  if (typeof made !== 'object' || made === null || !('toJSON' in made)) return '';
  try {
    return JSON.stringify(made);
  } catch {
    return '';
  }
}

/** Where a change of its arguments, or of the JSON that it gave, reaches what a function has made. */
export async function reachedChanges(name: string, run: Run, row: Row): Promise<readonly string[]> {
  const reached: string[] = [];
  for (const [at, call] of row.calls.entries()) {
    const made = await run(...call());
    const methods = at === 0 ? (row.methods ?? {}) : {}; // they are methods of what the first call gives
    const isMade =
      Object.keys(methods).length > 0 || typeof made === 'function' || (typeof made === 'object' && made !== null && 'toJSON' in made);
    if (!isMade) continue;
    const expected = await seenOf(made, { methods });
    const args = call().map(own);
    const other = await run(...args);
    args.forEach((each) => {
      scramble(each);
    });
    const difference = async (what: string): Promise<void> => {
      const got = await seenOf(other, { methods }).catch((error: unknown) => `${error}`.slice(0, 300));
      if (got !== expected) reached.push(`${name}, call ${at}: a change of ${what} reaches what was made: ${got.slice(0, 200)}`);
    };
    await difference('its arguments');
    if (jsonOf(other) !== '') {
      scramble((other as { readonly toJSON: () => unknown }).toJSON());
      await difference('its JSON');
    }
    row.after?.(made);
    row.after?.(other);
  }
  return reached;
}
