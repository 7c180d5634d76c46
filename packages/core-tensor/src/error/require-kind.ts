import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError } from './config-error.ts';
import { isFloat } from './is-float.ts';
import { isList } from './require-integers.ts';
import { show } from './show.ts';
import { isStamped } from './stamped.ts';
import { typeName } from './type-name.ts';

interface Kind {
  readonly is: (value: unknown) => boolean;
  /** What the value must be, for the first line and for `expected`. */
  readonly what: string;
  /** What to do, for an option of that name and what came instead. */
  readonly remedy: (name: string, value: unknown) => string;
}

/** By its form and not by its class, of which a program may hold two copies. Fields are not read: one may be costly to make. */
const hasMethods = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function');

/** Of ours and as it was made: fields of a copy that was changed by hand would contradict each other. */
const isOurs = (value: unknown, ...methods: readonly string[]): boolean => isStamped(value) && hasMethods(value, ...methods);

/** What to do with a copy of what `isOurs` would take. */
const asMade = 'give it as it was made and not a copy of its fields, or make a new one.';

export const isTensor = (value: unknown): value is Tensor =>
  typeof value === 'object' && value !== null && 'dataId' in value && Array.isArray((value as { readonly shape?: unknown }).shape);

/**
 * A plain record: what a user writes, and no list, tensor, map, null or instance of a class, whose fields may stand on its prototype and be
 * lost where options are copied. In other realms plain records have another prototype, which has none in turn.
 */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || typeName(value) !== 'Object' || isTensor(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** What an option is, where it is more than a name. */
export type OptionKind =
  | 'flag'
  | 'finite'
  | 'amount'
  | 'positive'
  | 'text'
  | 'list'
  | 'function'
  | 'record'
  | 'tensor'
  | 'key'
  | 'layer'
  | 'mask'
  | 'padding';

const kinds: Readonly<Record<OptionKind, Kind>> = {
  flag: { is: (value) => typeof value === 'boolean', what: 'true or false', remedy: (name) => `write ${name}: true or ${name}: false.` },
  finite: { is: isFloat, what: 'a finite number', remedy: (name) => `give ${name} as a number.` },
  amount: {
    is: (value) => isFloat(value) && value >= 0,
    what: 'a finite number of at least 0',
    remedy: (name) => `give ${name} as a number that is not negative.`,
  },
  positive: {
    is: (value) => isFloat(value) && Math.fround(value) > 0,
    what: 'a finite number above 0',
    remedy: (name) => `give ${name} as a number above 0.`,
  },
  text: { is: (value) => typeof value === 'string', what: 'a text', remedy: (name) => `write ${name} in quotes.` },
  list: { is: isList, what: 'a list', remedy: (name) => `write ${name}: [ … ].` },
  function: {
    is: (value) => typeof value === 'function',
    what: 'a function',
    remedy: (name) => `give the function itself as ${name}.`,
  },
  record: { is: isRecord, what: 'a record', remedy: (name) => `write ${name}: { … }.` },
  tensor: { is: isTensor, what: 'a tensor', remedy: () => 'make one with tensor(values, shape).' },
  key: {
    is: (value) => isOurs(value, 'fold', 'split'),
    what: 'a key of createKey',
    remedy: (name, value) =>
      hasMethods(value, 'split')
        ? asMade
        : `give createKey(${typeof value === 'number' || typeof value === 'string' ? show(value) : 0}) as ${name}.`,
  },
  layer: {
    is: (value) => isOurs(value, 'init', 'apply', 'run'),
    what: 'a layer',
    remedy: (_, value) =>
      hasMethods(value, 'init', 'apply')
        ? 'give it as it was made; wrapLayer makes one around it.'
        : typeof value === 'function'
          ? 'call it with its config: linear({ inFeatures, outFeatures }).'
          : 'make one with a function of the library, or with defineLayer.',
  },
  mask: {
    is: (value) => isOurs(value, 'allows', 'cover', 'select'),
    what: 'a mask',
    remedy: (_, value) => {
      if (hasMethods(value, 'allows')) return 'give it as it was made: and, or, not and mask({ name, allows, cover }) make new ones.';
      if (typeof value === 'function') return `call it: ${/^[\w$]+$/.test(value.name) ? value.name : 'causal'}().`;
      if (isTensor(value) || isList(value)) {
        return 'give a rule and not a table: causal(), slidingWindow({ left, right }), keyPadding({ lengths }) (in layers: padding(rows)), or mask({ name, allows }).';
      }
      return 'use causal(), slidingWindow({ left, right }) or another mask of @longspan/attention-sparse.';
    },
  },
  padding: {
    is: (value) => isOurs(value, 'isToken', 'positions'),
    what: 'made by padding() or paddingOfLengths(), so that masks are made once for it',
    remedy: (name, value) =>
      isTensor(value)
        ? 'give a list of the host, of which masks are made without reading a tensor back: padding(await attentionMask.array()).'
        : `wrap the attention mask: { ${name.replace(/^context[.]/, '')}: padding(rows) }.`,
  },
};

const isPromise = (value: unknown): boolean => typeName(value) === 'Promise';

/**
 * Checks what kind of value came. Whether one came at all is for `requireGiven`: here undefined is as wrong as another kind.
 * @param caller the function that was called, for the message
 * @throws ConfigError that names the option, and what to do with what came
 * @example
 * requireKind('linear', 'bias', true, 'flag'); // => undefined
 */
export function requireKind(caller: string, name: string, value: unknown, kind: OptionKind): void {
  const { is, what, remedy }: Kind = kinds[kind];
  if (is(value)) return;
  throw new ConfigError({
    caller,
    problem: `${name} must be ${what}.`,
    expected: kind === 'padding' ? 'padding([[1, 1, 0], …])' : what,
    got: show(value),
    remedy: isPromise(value) ? `await it first: ${name} is ${what}, and a promise of it came.` : remedy(name, value),
  });
}
