import type { SafetensorsDtype } from '@longspan/core-tensor';
import { show } from '@longspan/core-tensor/error';
import { isTensor, isTuple, kindOf, type PickleValue, type Storage, type TorchTensor } from './pickle-value.ts';
import type { Refusal } from './refusal.ts';

/** The dtypes of torch's storages, which say them by their names. */
const storages: ReadonlyMap<string, SafetensorsDtype | undefined> = new Map([
  ['torch DoubleStorage', 'F64'],
  ['torch FloatStorage', 'F32'],
  ['torch HalfStorage', 'F16'],
  ['torch BFloat16Storage', 'BF16'],
  ['torch LongStorage', 'I64'],
  ['torch IntStorage', 'I32'],
  ['torch ShortStorage', 'I16'],
  ['torch CharStorage', 'I8'],
  ['torch ByteStorage', 'U8'],
  ['torch BoolStorage', 'BOOL'],
  ['torch ComplexFloatStorage', 'C64'],
  ['torch.storage UntypedStorage', undefined],
]);

/** Those that have no storage of their own: their tensors name them. */
const dtypes: ReadonlyMap<string, SafetensorsDtype> = new Map([
  ['torch uint16', 'U16'],
  ['torch uint32', 'U32'],
  ['torch uint64', 'U64'],
  ['torch float8_e4m3fn', 'F8_E4M3'],
  ['torch float8_e4m3fnuz', 'F8_E4M3FNUZ'],
  ['torch float8_e5m2', 'F8_E5M2'],
  ['torch float8_e5m2fnuz', 'F8_E5M2FNUZ'],
  ['torch float8_e8m0fnu', 'F8_E8M0'],
]);

const bytesPer: Readonly<Partial<Record<SafetensorsDtype, number>>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
};

/** Bytes of one element of what torch stores. */
export const elementBytes = (dtype: SafetensorsDtype): number => bytesPer[dtype] ?? 1;

/** Axes that a tensor may have. */
const mostAxes = 16;

type Call = (args: readonly PickleValue[], refuse: Refusal) => PickleValue | undefined;

/** What a pickle may call, and what that gives here; undefined for other arguments than torch's. */
const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['collections OrderedDict', (args) => (args.length === 0 ? { kind: 'record', entries: new Map() } : undefined)],
  ['torch._utils _rebuild_tensor_v2', (args, refuse) => (args.length === 6 ? tensorOf(args, undefined, refuse) : undefined)],
  ['torch._utils _rebuild_tensor_v3', (args, refuse) => (args.length === 7 ? tensorOf(args, dtypeOf(args[6]), refuse) : undefined)],
  ['torch._utils _rebuild_parameter', ([tensor, ...rest]) => (isTensor(tensor) && rest.length === 2 ? tensor : undefined)],
  ['torch Size', ([sizes, ...rest]) => (isTuple(sizes) && rest.length === 0 ? sizes : undefined)],
  // Where a tensor lay: nothing is put there.
  ['torch device', ([kind]) => (typeof kind === 'string' ? null : undefined)],
]);

export const isAllowed = (name: string): boolean => calls.has(name) || storages.has(name) || dtypes.has(name);

export function called(callee: PickleValue | undefined, args: PickleValue | undefined, refuse: Refusal): PickleValue {
  const name = nameOf(callee);
  const made = isTuple(args) ? calls.get(name ?? '')?.(args.items, refuse) : undefined;
  if (made !== undefined) return made;
  throw refuse({
    problem: 'a pickle of weights must call nothing but what makes tensors.',
    expected: [...calls.keys()].map((each) => each.replace(' ', '.')).join(', '),
    got: `${name ?? kindOf(callee)} of ${isTuple(args) ? `${args.items.length} arguments` : kindOf(args)}`,
  });
}

/** The storage that a persistent id means: ('storage', type, key, place, size). */
export function storageOf(id: PickleValue | undefined, refuse: Refusal): Storage {
  const [word, type, key, , size] = isTuple(id) && id.items.length === 5 ? id.items : [];
  const name = nameOf(type);
  if (word === 'storage' && name !== undefined && storages.has(name) && typeof key === 'string' && isCount(size)) {
    return { kind: 'storage', key, dtype: storages.get(name), size };
  }
  throw refuse({
    problem: 'a persistent id must mean a storage of torch.',
    expected: "('storage', torch.FloatStorage, '0', 'cpu', 12)",
    got: isTuple(id) ? `a tuple of ${id.items.map(kindOf).slice(0, 6).join(', ')}` : kindOf(id),
  });
}

/** A tensor within its storage; how large that is in the file is checked where it is opened. */
function tensorOf(args: readonly PickleValue[], named: SafetensorsDtype | undefined, refuse: Refusal): TorchTensor | undefined {
  const [storage, offset, sizes, steps] = args;
  if (typeof storage !== 'object' || storage === null || storage.kind !== 'storage') return undefined;
  const dtype = storage.dtype ?? named;
  const [shape, strides] = [countsOf(sizes), countsOf(steps)];
  if (dtype === undefined || (storage.dtype !== undefined && named !== undefined)) return undefined;
  if (!isCount(offset) || shape === undefined || strides === undefined || shape.length !== strides.length) return undefined;
  const available = storage.dtype === undefined ? Math.floor(storage.size / elementBytes(dtype)) : storage.size;
  const elements = shape.reduce((product, size) => product * size, 1);
  const last = offset + shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), 0);
  // Not more elements than the storage either: a stride of 0 would make a tensor of any size of one number.
  if (elements === 0 ? offset <= available : last < available && elements <= available) {
    return { kind: 'tensor', dtype, storage, offset, shape, strides };
  }
  throw refuse({
    problem: 'a tensor must lie within its storage.',
    expected: `at most ${available} elements of ${dtype}`,
    got: `shape ${show(shape)}, strides ${show(strides)}, offset ${offset}`,
  });
}

const nameOf = (value: PickleValue | undefined): string | undefined =>
  typeof value === 'object' && value !== null && value.kind === 'global' ? value.name : undefined;

const dtypeOf = (value: PickleValue | undefined): SafetensorsDtype | undefined => dtypes.get(nameOf(value) ?? '');

const isCount = (value: PickleValue | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function countsOf(value: PickleValue | undefined): readonly number[] | undefined {
  if (!isTuple(value) || value.items.length > mostAxes) return undefined;
  const counts = value.items.filter(isCount);
  return counts.length === value.items.length ? counts : undefined;
}
