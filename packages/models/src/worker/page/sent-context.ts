import type { MaskNode } from '@longspan/attention-sparse/mask';
import type { Key } from '@longspan/core-tensor';
import { ConfigError, isDenseArray, isList, isRecord, requireIntegers, show } from '@longspan/core-tensor/error';
import { type HostTensor, hostRows, isHostTensor } from '../crossing/host-tensor.ts';
import type { Sent } from '../crossing/sent-value.ts';

/** Tokens as rows of ids, or any tensor of the host: images. */
export type HostIds = readonly ArrayLike<number>[] | HostTensor;

export function sentIds(caller: string, ids: HostIds): HostTensor {
  if (isHostTensor(ids)) return ids;
  if (isRows(ids)) return hostRows(caller, 'ids', ids);
  throw new ConfigError({
    caller,
    problem: 'ids must be numbers of the host, for tensors belong to one thread.',
    expected: 'rows of ids, [[2, 17, 3]], or { shape, values }',
    got: show(ids),
    remedy: 'of a tensor: { shape: x.shape, values: await x.data() }.',
  });
}

/** What reads tensors of integers in every family: rows of them are as good. */
const integers: readonly string[] = ['tokenTypes', 'positions', 'labels'];

/** A context as plain data. */
export function sentContext(caller: string, context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(context).flatMap(([name, value]) => (value === undefined ? [] : [[name, sentValue(caller, name, value)] as const])),
  );
}

function sentValue(caller: string, name: string, value: unknown): unknown {
  if (typeof value === 'function' || isTensorOfTfjs(value)) throw cannotCross(caller, name, value);
  if (isHostTensor(value) || typeof value !== 'object' || value === null) return value;
  if (isPadding(value)) return { '@longspan/sent': 'padding', rows: value.rows, batch: value.batch } satisfies Sent;
  if (isMask(value)) return { '@longspan/sent': 'mask', json: value.toJSON() } satisfies Sent;
  if (isKey(value)) return { '@longspan/sent': 'key', words: [...value.words] } satisfies Sent;
  if (name === 'padding' && isRows(value)) return { '@longspan/sent': 'padding', rows: value, batch: value.length } satisfies Sent;
  if (name === 'mask' && 'kind' in value) return { '@longspan/sent': 'mask', json: value as MaskNode } satisfies Sent;
  if (integers.includes(name) && isRows(value)) return hostRows(caller, name, value);
  if (name === 'labels' && isList(value))
    return {
      shape: [value.length],
      values: Int32Array.from(requireIntegers(caller, name, value as ArrayLike<number>)),
    } satisfies HostTensor; // one a text
  return isRecord(value) ? sentContext(caller, value) : value;
}

const isRows = (value: unknown): value is readonly ArrayLike<number>[] => isDenseArray(value) && value.every(isList);

const has = (value: object, ...methods: readonly string[]): boolean =>
  methods.every((name) => typeof Reflect.get(value, name) === 'function');

// By their forms: the page need not load what they are made by.
const isPadding = (value: object): value is { readonly rows: readonly Uint8Array[]; readonly batch: number } =>
  has(value, 'isToken', 'positions');

const isMask = (value: object): value is { toJSON(): MaskNode } => has(value, 'allows', 'cover', 'toJSON');

const isKey = (value: object): value is Key => has(value, 'fold', 'split');

const isTensorOfTfjs = (value: unknown): boolean => typeof value === 'object' && value !== null && 'dataId' in value;

const cannotCross = (caller: string, name: string, value: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: `context.${name} must be data that another thread can be given.`,
    expected: 'numbers, lists and records of them, { shape, values }, padding, a mask or a key',
    got: show(value),
    remedy:
      typeof value === 'function'
        ? `leave ${name} out.`
        : `give { shape: ${name}.shape, values: await ${name}.data() } instead of a tensor.`,
  });
