/** Writes files of torch's zip form, right ones and wrong ones, for the tests alone. */

const concat = (parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

/** A number of so many bytes, the lowest first. */
const littleEndian = (value: number, length: number): readonly number[] =>
  Array.from({ length }, (_, byte) => Math.floor(value / 256 ** byte) % 256);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export interface ZipForm {
  /** Sizes and places in the fields of zip64 alone. */
  readonly wide?: boolean;
  readonly method?: number;
  readonly comment?: string;
}

export function zipOf(members: readonly (readonly [name: string, bytes: Uint8Array])[], form: ZipForm = {}): Uint8Array<ArrayBuffer> {
  const { wide = false, method = 0, comment = '' } = form;
  const parts: (Uint8Array | readonly number[])[] = [];
  const directory: (Uint8Array | readonly number[])[] = [];
  let at = 0;
  const push = (...more: readonly (Uint8Array | readonly number[])[]): void => {
    parts.push(...more);
    at += more.reduce((sum, { length }) => sum + length, 0);
  };
  const two = (value: number): readonly number[] => littleEndian(value, 2);
  const four = (value: number): readonly number[] => littleEndian(value, 4);
  const eight = (value: number): readonly number[] => littleEndian(value, 8);
  const narrow = (value: number): readonly number[] => four(wide ? 0xffffffff : value);
  for (const [name, bytes] of members) {
    const offset = at;
    // torch fills up to a multiple of 64 bytes: here by three, so that nothing is aligned. Sizes follow the bytes, as torch has them.
    const padding = [0x46, 0x42, 3, 0, 0x5a, 0x5a, 0x5a];
    push(
      four(0x04034b50),
      two(0),
      two(0x808),
      two(method),
      four(0),
      four(0),
      four(0),
      four(0),
      two(utf8(name).length),
      two(padding.length),
    );
    push(utf8(name), padding, bytes, four(0x08074b50), four(0), four(bytes.length), four(bytes.length));
    const extra = wide ? [...two(1), ...two(24), ...eight(bytes.length), ...eight(bytes.length), ...eight(offset)] : [];
    directory.push(four(0x02014b50), two(0), two(0), two(0x808), two(method), four(0), four(0), narrow(bytes.length), narrow(bytes.length));
    directory.push(two(utf8(name).length), two(extra.length), two(0), two(0), two(0), four(0), narrow(offset), utf8(name), extra);
  }
  const begin = at;
  const entries = concat(directory);
  push(entries);
  if (wide) {
    const end = at;
    push(four(0x06064b50), eight(44), two(0), two(0), four(0), four(0), eight(members.length), eight(members.length));
    push(eight(entries.length), eight(begin), four(0x07064b50), four(0), eight(end), four(1));
  }
  const count = two(wide ? 0xffff : members.length);
  push(four(0x06054b50), two(0), two(0), count, count, narrow(entries.length), narrow(begin), two(comment.length), utf8(comment));
  return concat(parts);
}

/** Operations of a pickle, as bytes. */
export const op = {
  protocol: [0x80, 2],
  mark: [0x28],
  stop: [0x2e],
  none: [0x4e],
  no: [0x89],
  emptyTuple: [0x29],
  emptyRecord: [0x7d],
  tuple: [0x74],
  reduce: [0x52],
  persistent: [0x51],
  setItem: [0x73],
  setItems: [0x75],
  build: [0x62],
  put: (index: number): readonly number[] => [0x72, ...littleEndian(index, 4)],
  get: (index: number): readonly number[] => [0x6a, ...littleEndian(index, 4)],
  text: (text: string): Uint8Array => concat([[0x58], littleEndian(utf8(text).length, 4), utf8(text)]),
  global: (module: string, name: string): Uint8Array => concat([[0x63], utf8(`${module}\n${name}\n`)]),
  integer: (value: number): readonly number[] => [0x8a, 8, ...littleEndian(value, 8)],
} as const;

export const pickleOf = (...operations: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> =>
  concat([op.protocol, ...operations, op.stop]);

/** A view of a storage, as a state_dict holds it. */
export interface WrittenTensor {
  readonly type: string;
  readonly key: string;
  readonly size: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const counts = (values: readonly number[]): Uint8Array => concat([op.mark, ...values.map(op.integer), op.tuple]);

export const tensorOf = ({ type, key, size, offset = 0, shape, strides }: WrittenTensor): Uint8Array =>
  concat([
    op.global('torch._utils', '_rebuild_tensor_v2'),
    op.mark,
    ...[op.mark, op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.integer(size), op.tuple, op.persistent],
    ...[op.integer(offset), counts(shape), counts(strides), op.no, op.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce],
    op.tuple,
    op.reduce,
  ]);

export const stateOf = (tensors: Readonly<Record<string, WrittenTensor>>): Uint8Array<ArrayBuffer> =>
  pickleOf(
    ...[op.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce, op.mark],
    ...Object.entries(tensors).flatMap(([name, tensor]) => [op.text(name), tensorOf(tensor)]),
    op.setItems,
    // What torch adds to a state_dict: the versions of its modules.
    ...[op.emptyRecord, op.text('_metadata'), op.emptyRecord, op.setItem, op.build],
  );

/** A file with this pickle and these storages. */
export const torchOf = (pickle: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}, form?: ZipForm): Uint8Array<ArrayBuffer> =>
  zipOf(
    [
      ['archive/data.pkl', pickle],
      ['archive/byteorder', utf8('little')],
      ...Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes] as const),
      ['archive/version', utf8('3\n')],
    ],
    form,
  );

/** A file of contiguous float32 tensors. */
export function torchFileOf(
  tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>,
): Uint8Array {
  const stepsOf = (shape: readonly number[]): readonly number[] =>
    shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const entries = Object.entries(tensors).map(([name, { shape, values }], at) => {
    const written: WrittenTensor = { type: 'FloatStorage', key: String(at), size: values.length, shape, strides: stepsOf(shape) };
    return [name, written, String(at), new Uint8Array(Float32Array.from(values).buffer)] as const;
  });
  return torchOf(
    stateOf(Object.fromEntries(entries.map(([name, written]) => [name, written]))),
    Object.fromEntries(entries.map(([, , key, bytes]) => [key, bytes])),
  );
}
