import { errorsOf, FileError } from '../error/index.ts';
import { dtypes, extent, isDtype, perWholeBytes, type SafetensorsDtype } from './dtype.ts';
import { members } from './members.ts';

/** What the header says of one tensor: its bytes are begin … end of those after the header. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the header. */
  readonly tensors: readonly TensorInfo[];
}

/** The name that the format reserves for metadata. */
export const metadataName = '__metadata__';

/** Whether a text is Unicode: half of a surrogate pair can be written in JSON, but other readers reject it. */
export const isUnicode = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** Tensors of a file, and entries of its metadata: the largest published models have some ten thousand, and each costs an object. */
export const mostEntries = 100_000;

/** Characters of one tensor's entry: no tensor has so many axes, and what is longer is not parsed. */
const longestEntry = 100_000;

const { file: fileError } = errorsOf('readSafetensors');
const writeAgain = 'write the file again with a safetensors library.';

/**
 * Parses the header and checks all that it says by itself; `checkCoverage` checks it against the file's length.
 * @throws FileError
 */
export function parseHeader(text: string): Header {
  const names = new Set<string>();
  const tensors: TensorInfo[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of parsed(text, 'the header')) {
    if (names.has(name))
      throw fileError({
        problem: 'the names of tensors must be unique.',
        expected: 'each name once',
        got: `${shown(name)} twice`,
        remedy: writeAgain,
      });
    if (!isUnicode(name))
      throw fileError({
        problem: 'the name of a tensor must be valid Unicode.',
        expected: 'no half of a surrogate pair',
        got: shown(name),
        remedy: writeAgain,
      });
    names.add(name);
    if (names.size > mostEntries) throw tooMany('tensors');
    if (name === metadataName) metadata = parseMetadata(value);
    else tensors.push(parseTensor(name, value));
  }
  return { metadata, tensors };
}

/**
 * Checks that the tensors, taken together, cover the bytes after the header: each of them once.
 * @throws FileError
 */
export function checkCoverage(tensors: readonly TensorInfo[], bytes: number): void {
  const ordered = [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  let last: TensorInfo | undefined;
  for (const tensor of ordered) {
    if (tensor.begin !== covered) {
      throw fileError({
        problem: `the tensor ${shown(tensor.name)} must begin where the one before it ends.`,
        expected: `an offset of ${covered}, where ${last === undefined ? 'the data begins' : `${shown(last.name)} ends`}`,
        got: `${tensor.begin}`,
        remedy: writeAgain,
      });
    }
    covered = tensor.end;
    last = tensor;
  }
  if (covered > bytes) {
    throw fileError({
      problem: 'the file must hold all bytes of its tensors.',
      expected: `${covered} bytes of tensors after the header`,
      got: `${bytes}`,
      remedy: 'fetch or copy the file again.',
    });
  }
  if (covered < bytes) {
    throw fileError({
      problem: 'the file must end with its last tensor.',
      expected: `${covered} bytes of tensors after the header`,
      got: `${bytes}`,
      remedy: 'fetch or copy the file again.',
    });
  }
}

const tooMany = (what: string): FileError =>
  fileError({
    problem: `a file must have at most ${mostEntries} ${what}.`,
    expected: `at most ${mostEntries}`,
    got: 'more',
    remedy: 'write several files.',
  });

function parseMetadata(text: string): Readonly<Record<string, string>> {
  const entries = new Map<string, string>();
  for (const [key, value] of parsed(text, metadataName)) {
    if (entries.has(key))
      throw fileError({
        problem: `the keys of ${metadataName} must be unique.`,
        expected: 'each key once',
        got: `${shown(key)} twice`,
        remedy: writeAgain,
      });
    const word = value.startsWith('"') ? parse(value, `${metadataName}.${key}`) : undefined;
    if (typeof word !== 'string' || !isUnicode(key + word)) {
      throw fileError({
        problem: `the keys and values of ${metadataName} must be strings of valid Unicode.`,
        expected: 'strings of Unicode',
        got: `${shown(key)}: ${cut(value)}`,
        remedy: writeAgain,
      });
    }
    entries.set(key, word);
    if (entries.size > mostEntries) throw tooMany(`entries of ${metadataName}`);
  }
  return Object.fromEntries(entries);
}

function parseTensor(name: string, text: string): TensorInfo {
  const label = `the tensor ${shown(name)}`;
  if (text.length > longestEntry) {
    throw fileError({
      problem: `the entry of ${label} must be at most ${longestEntry} characters.`,
      expected: `at most ${longestEntry} characters`,
      got: `${text.length}`,
      remedy: writeAgain,
    });
  }
  const fields = new Map<string, { readonly text: string; readonly value: unknown }>();
  for (const [field, value] of parsed(text, label)) {
    if (fields.has(field))
      throw fileError({
        problem: `the fields of ${label} must be unique.`,
        expected: 'dtype, shape and data_offsets once each',
        got: `${shown(field)} twice`,
        remedy: writeAgain,
      });
    fields.set(field, { text: value, value: parse(value, label) });
  }
  const [dtype, shape, offsets] = ['dtype', 'shape', 'data_offsets'].map((field) => fields.get(field)?.value);
  // As it stands in the file: JSON.stringify of deeply nested lists runs out of stack.
  const written = (field: string): string => cut(fields.get(field)?.text.trimEnd() ?? 'none');
  if (!isDtype(dtype)) {
    const remedy = 'convert the tensor to one of these; torch: tensor.to(torch.float32).';
    throw fileError({
      problem: `the dtype of ${label} must be one of ${dtypes.join(', ')}.`,
      expected: dtypes.join(', '),
      got: written('dtype'),
      remedy,
    });
  }
  const wanted = Array.isArray(shape) ? extent(dtype, shape) : undefined;
  if (wanted === undefined) {
    throw fileError({
      problem: `the shape of ${label} must be a list of integers of at least 0.`,
      expected: 'a list of integers, at most 2⁵³ − 1 bytes in all',
      got: written('shape'),
      remedy: writeAgain,
    });
  }
  if (wanted.bytes === undefined) {
    throw fileError({
      problem: `the elements of ${label} must fill whole bytes.`,
      expected: `a multiple of ${perWholeBytes(dtype)} elements (${dtype})`,
      got: `${wanted.elements} ([${(shape as readonly number[]).join(', ')}])`,
      remedy: writeAgain,
    });
  }
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as readonly unknown[]) : [];
  if (!(isOffset(begin) && isOffset(end) && begin <= end)) {
    throw fileError({
      problem: `the offsets of ${label} must be two ascending integers.`,
      expected: 'two integers, the second not below the first',
      got: written('data_offsets'),
      remedy: writeAgain,
    });
  }
  if (end - begin !== wanted.bytes) {
    const count = `${wanted.bytes} bytes (${dtype} [${(shape as readonly number[]).join(', ')}])`;
    throw fileError({
      problem: `the offsets of ${label} must span the bytes of its shape.`,
      expected: count,
      got: `${end - begin} bytes (${begin} … ${end})`,
      remedy: writeAgain,
    });
  }
  return { name, dtype, shape: shape as readonly number[], begin, end };
}

const isSyntaxError = (error: unknown): error is SyntaxError => (error as Partial<Error> | undefined)?.name === 'SyntaxError';

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The members of an object, with what is no JSON as a FileError. */
export function* parsed(text: string, label: string, form: JsonForm = formOfHeader): Generator<readonly [string, string]> {
  try {
    yield* members(text);
  } catch (error) {
    throw notJson(error, label, form);
  }
}

export function parse(text: string, label: string, form: JsonForm = formOfHeader): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(error, label, form);
  }
}

/** What the JSON of a file looks like, for the error where it is none. */
export interface JsonForm {
  readonly expected: string;
  readonly remedy: string;
}

const formOfHeader: JsonForm = {
  expected: '{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}',
  remedy: 'check that this is a safetensors file, and that it was fetched whole and as bytes.',
};

function notJson(error: unknown, label: string, { expected, remedy }: JsonForm): unknown {
  if (!isSyntaxError(error)) return error;
  return new FileError(
    {
      caller: 'readSafetensors',
      problem: `${label} must be a JSON object of the safetensors format.`,
      expected,
      got: cut(error.message),
      remedy,
    },
    { cause: error },
  );
}

export const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
export const shown = (name: string): string => cut(JSON.stringify(name));
