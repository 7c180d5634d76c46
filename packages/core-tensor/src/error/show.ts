import { isFloat } from './is-float.ts';
import { typeName } from './type-name.ts';

/** Characters that one value takes in an error, at the most. */
const longest = 80;

/**
 * A value as short text for an error, whatever it is: bounded in length, depth and time.
 * @example
 * show([1, 2]); // => '[1,2]'
 * show({ deep: [[[[1]]]] }); // => '{"deep":[[[…]]]}'
 */
export function show(value: unknown): string {
  const text = shown(value, 4);
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
}

function shown(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.slice(0, longest));
    case 'function':
      return 'a function';
    case 'bigint':
      return value > -(2n ** 64n) && value < 2n ** 64n ? `${value}n` : 'a bigint beyond 64 bits';
    case 'symbol':
      return 'a symbol';
    case 'object':
      try {
        return value === null ? 'null' : shownObject(value, depth);
      } catch {
        return 'an object that cannot be read'; // a getter or a proxy that throws
      }
    case 'number':
      if (Number.isFinite(value) && !isFloat(value)) return `${value}, beyond float32`;
      return Object.is(value, -0) ? '-0' : String(value);
    default:
      return String(value);
  }
}

function shownObject(value: object, depth: number): string {
  const { dtype, shape, dataId } = value as Readonly<Record<string, unknown>>;
  if (typeof dataId === 'object' && Array.isArray(shape)) return `${withArticle(`${dtype} tensor`)} ${shownList(shape, 2)}`;
  const kind = typeName(value);
  if (kind === 'Array' || (ArrayBuffer.isView(value) && kind !== 'DataView')) {
    return depth <= 0 ? '…' : shownList(value as ArrayLike<unknown>, depth);
  }
  if (kind !== 'Object') return withArticle(kind);
  return depth <= 0 ? '…' : shownRecord(value as Readonly<Record<string, unknown>>, depth);
}

const withArticle = (noun: string): string => `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;

function shownList(values: ArrayLike<unknown>, depth: number): string {
  let text = '[';
  for (let at = 0; at < values.length && text.length <= longest; at++) text += `${at === 0 ? '' : ','}${shown(values[at], depth - 1)}`;
  return `${text}]`;
}

function shownRecord(record: Readonly<Record<string, unknown>>, depth: number): string {
  let text = '{';
  for (const name in record) {
    if (text.length > longest) break;
    if (Object.hasOwn(record, name))
      text += `${text === '{' ? '' : ','}${JSON.stringify(name.slice(0, longest))}:${shown(record[name], depth - 1)}`;
  }
  return `${text}}`;
}
