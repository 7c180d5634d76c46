import { cast, expandDims, ones, type Tensor, zeros } from '@tensorflow/tfjs-core';

/** What an argument or an option is, as far as mistakes go. */
type Kind = 'tensor' | 'list' | 'record' | 'made' | 'function' | 'number' | 'text' | 'flag' | 'none';

export type Mistake =
  | 'missing'
  | 'undefined'
  | 'null'
  | 'number'
  | 'text'
  | 'flag'
  | 'bigint'
  | 'symbol'
  | 'bare'
  | 'list'
  | 'list of null'
  | 'record'
  | 'function'
  | 'tensor'
  | 'rank'
  | 'dtype'
  | 'empty'
  | 'misspelt'
  | 'unknown'
  | 'holes'
  | 'NaN'
  | 'Infinity'
  | '-1'
  | '2^53'
  | '2^53 - 1'
  | 'changed';

/** A call with one thing wrong. */
export interface Wrong {
  /** '0', '1.mask' */
  readonly place: string;
  readonly mistake: Mistake;
  /** Puts it into the arguments of a valid call. */
  readonly change: (args: readonly unknown[]) => readonly unknown[];
}

const isTensor = (value: unknown): value is Tensor => typeof value === 'object' && value !== null && 'dataId' in value && 'shape' in value;

/** Options that are functions: every other function in a record is a method. */
const optionFunctions: ReadonlySet<string> = new Set(['wrapLayer']);

/** What a function made (a mask, a key, padding, a layer, a layout, groups, an abort signal): nobody writes it by hand. */
const isMade = (value: object): boolean =>
  Object.getPrototypeOf(value) !== Object.prototype ||
  Object.entries(value).some(([name, field]) => typeof field === 'function' && !optionFunctions.has(name)) ||
  Object.values(value).some(
    (field) =>
      ArrayBuffer.isView(field) || (Array.isArray(field) && field.some((each) => typeof each === 'object' && kindOf(each) === 'made')),
  );

function kindOf(value: unknown): Kind {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'flag';
  if (typeof value === 'function') return 'function';
  if (isTensor(value)) return 'tensor';
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'list';
  return typeof value === 'object' && !isMade(value) ? 'record' : 'made';
}

/** Of each kind one that is neither what a call wants nor far from it. */
const nonsense: readonly (readonly [Mistake, Kind, () => unknown])[] = [
  ['undefined', 'none', () => undefined],
  ['null', 'none', () => null],
  ['number', 'number', () => 7],
  ['text', 'none', () => 'no such text'],
  ['flag', 'flag', () => true],
  ['bigint', 'none', () => 4n],
  ['symbol', 'none', () => Symbol('none')],
  ['bare', 'record', () => Object.create(null)],
  ['list', 'list', () => [1]],
  ['list of null', 'none', () => [null]],
  ['record', 'record', () => ({})],
  ['function', 'function', () => () => 1],
  ['tensor', 'tensor', () => ones([2])],
];

const numbers: readonly (readonly [Mistake, number])[] = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-1', -1],
  ['2^53', 2 ** 53],
  ['2^53 - 1', 2 ** 53 - 1],
];

/** What may stand in the place of a value and is wrong there. */
function* instead(value: unknown): Generator<readonly [Mistake, (value: unknown) => unknown]> {
  const kind = kindOf(value);
  for (const [mistake, same, make] of nonsense) if (same === 'none' || same !== kind) yield [mistake, make];
  if (kind === 'number') {
    // A real number, which the tables write with a fraction, may be as large as that.
    for (const [mistake, number] of numbers) if (!mistake.startsWith('2^53') || Number.isInteger(value)) yield [mistake, () => number];
  }
  if (Array.isArray(value) && value.length > 0) yield ['holes', (own) => new Array((own as readonly unknown[]).length)];
  if (isTensor(value)) {
    yield ['rank', (own) => expandDims(own as Tensor, 0)];
    if (value.rank > 0) yield ['empty', (own) => zeros([0, ...(own as Tensor).shape.slice(1)], (own as Tensor).dtype)];
    yield ['dtype', (own) => cast(own as Tensor, (own as Tensor).dtype === 'int32' ? 'float32' : 'int32')];
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** What may come to stand in a field of what a function made, where somebody copies it and changes the field. */
function* changesOf(value: unknown): Generator<unknown> {
  yield undefined;
  yield null;
  yield 7;
  yield 'no such text';
  yield [];
  yield {};
  if (typeof value === 'number') yield value + 1;
  if (typeof value === 'string') yield 'F64';
  if (typeof value === 'function') yield () => 1;
  if (Array.isArray(value)) yield* [value.slice(1), [...value, ...value], value.map(() => 3), value.map(() => null)];
  if (value instanceof Int32Array || value instanceof Uint32Array || value instanceof Uint8Array) {
    yield* [value.slice(1), value.map((each) => each + 1), value.map(() => -3), Array.from(value), new Float32Array(value)];
  }
}

/** Copies of what a function made with one field changed, and the field. Its class, if it has one, stays. */
function* changedCopies(value: unknown, path = ''): Generator<readonly [string, unknown]> {
  if (Array.isArray(value) && path !== '') {
    for (const [below, changed] of changedCopies(value[0], `${path}.0`)) yield [below, [changed, ...value.slice(1)]];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value) || isTensor(value)) return;
  if (value instanceof AbortSignal) return;
  const copyWith = (name: string, changed: unknown): unknown =>
    Object.assign(Object.create(Object.getPrototypeOf(value) as object), value, { [name]: changed });
  for (const [name, field] of Object.entries(value)) {
    for (const changed of changesOf(field)) yield [`${path}.${name}`, copyWith(name, changed)];
    for (const [below, changed] of changedCopies(field, `${path}.${name}`)) yield [below, copyWith(name, changed)];
  }
}

/** The mistakes below a value: in the fields of a record, and in those of the first record of a list. */
function* mistakesBelow(value: unknown): Generator<readonly [string, Mistake, (value: unknown) => unknown]> {
  if (kindOf(value) === 'made') for (const [below, changed] of changedCopies(value)) yield [below, 'changed', () => changed];
  if (kindOf(value) === 'record') {
    for (const [below, mistake, wrong] of mistakesInRecord(value as Fields)) yield [below, mistake, (given) => wrong(given as Fields)];
  }
  if (Array.isArray(value) && kindOf(value[0]) === 'record') {
    for (const [below, mistake, wrong] of mistakesInRecord(value[0] as Fields))
      yield [
        `.0${below}`,
        mistake,
        (given) => [wrong((given as readonly Fields[])[0] as Fields), ...(given as readonly Fields[]).slice(1)],
      ];
  }
}

/** Each way in which one field of a record may be wrong, left out or misspelt, and a field that the record should not have. */
function* mistakesInRecord(record: Fields): Generator<readonly [string, Mistake, (record: Fields) => Fields]> {
  // Parameters may hold more than a layer reads.
  if (!Object.values(record).every(isTensor) || Object.keys(record).length === 0)
    yield ['', 'unknown', (given) => ({ ...given, noSuchName: 1 })];
  const fields = Object.entries(record);
  // Of a record of tensors, such as parameters, one check looks at all: three of them show it.
  const shown = fields.every(([, value]) => isTensor(value)) ? fields.slice(0, 3) : fields;
  for (const [name, value] of shown) {
    yield [`.${name}`, 'missing', ({ [name]: _, ...others }) => others];
    yield [`.${name}`, 'misspelt', ({ [name]: own, ...others }) => ({ ...others, [`${name}X`]: own })];
    for (const [mistake, wrong] of instead(value)) yield [`.${name}`, mistake, (given) => ({ ...given, [name]: wrong(given[name]) })];
    for (const [below, mistake, wrong] of mistakesBelow(value))
      yield [`.${name}${below}`, mistake, (given) => ({ ...given, [name]: wrong(given[name]) })];
  }
}

/** Every call that differs from a valid one by one mistake. */
export function* mistakesIn(args: readonly unknown[]): Generator<Wrong> {
  for (const [at, arg] of args.entries()) {
    const replaced = (given: readonly unknown[], value: unknown): readonly unknown[] =>
      given.map((own, index) => (index === at ? value : own));
    yield { place: `${at}`, mistake: 'missing', change: (given) => given.slice(0, at) };
    for (const [mistake, wrong] of instead(arg)) yield { place: `${at}`, mistake, change: (given) => replaced(given, wrong(given[at])) };
    for (const [below, mistake, wrong] of mistakesBelow(arg))
      yield { place: `${at}${below}`, mistake, change: (given) => replaced(given, wrong(given[at])) };
  }
}

/** Whether a call may work all the same, whatever its function: an argument after those that are needed, an option that is left out. */
export function isNone({ place, mistake }: Wrong, neededArguments: number): boolean {
  if (mistake === 'undefined' || mistake === 'missing') return place.includes('.') || Number(place) >= neededArguments;
  return false;
}
