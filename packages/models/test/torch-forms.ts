// What torch and Python have written under the name of weights besides the zip of a state_dict.
import { op, pickleOf, stateOf, tensorOf, torchOf, type WrittenTensor, zipOf } from './torch-bytes.ts';

const concat = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const values = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
const tensor: WrittenTensor = { type: 'FloatStorage', key: '0', size: 6, shape: [2, 3], strides: [3, 1] };

/** torch.save(state_dict, _use_new_zipfile_serialization=False): pickles of the magic number, the version, the system, the tensors and their storages' keys, and the storages. */
export function olderForm(): Uint8Array<ArrayBuffer> {
  const magic = pickleOf([0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]);
  const size = (bytes: number): Uint8Array => pickledInteger(bytes);
  const system = [op.text('protocol_version'), pickledInteger(1001), op.setItem, op.text('little_endian'), [0x88], op.setItem] as const;
  // A storage of this form has a sixth item: the view that it is.
  const storage = [op.text('storage'), op.global('torch', tensor.type), op.text('0'), op.text('cpu'), size(6), op.none];
  const counts = (numbers: readonly number[]) => [op.mark, ...numbers.map(pickledInteger), op.tuple];
  const record = pickleOf(
    ...[op.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce, op.text('w'), op.global('torch._utils', '_rebuild_tensor_v2')],
    ...[op.mark, op.mark, ...storage, op.tuple, op.persistent, pickledInteger(0), ...counts([2, 3]), ...counts([3, 1]), op.no],
    ...[op.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce, op.tuple, op.reduce, op.setItem],
  );
  const keys = pickleOf([0x5d], op.text('0'), [0x61]);
  return concat(magic, pickleOf(pickledInteger(1001)), pickleOf(op.emptyRecord, ...system), record, keys, [6, 0, 0, 0, 0, 0, 0, 0], values);
}

const pickledInteger = (value: number): Uint8Array => Uint8Array.of(0x4d, value & 0xff, value >> 8);

/** torch.save(model). */
export const wholeModel = (): Uint8Array<ArrayBuffer> =>
  torchOf(
    pickleOf(
      ...[op.global('torch.nn.modules.linear', 'Linear'), [0x71, 0], op.emptyTuple, [0x81], op.emptyRecord],
      ...[op.text('weight'), tensorOf(tensor), op.setItem, op.build],
    ),
    { '0': values },
  );

/** torch.jit.save(model): the source of the program beside the weights, which torch compresses. */
export const script = (method: 0 | 8): Uint8Array<ArrayBuffer> =>
  zipOf([['archive/code/__torch__/Net.py', utf8('class Net(Module):\n')] as const, ['archive/data.pkl', stateOf({ w: tensor })] as const], {
    method,
  });

/** A tar with one member, as the first versions of torch wrote them. */
export function tar(): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(512);
  header.set(utf8('storages'));
  header.set(utf8('0000644\0'), 100);
  header.set(utf8('00000000000\0'), 124);
  header.set(utf8('0'), 156);
  header.set(utf8('ustar\x0000'), 257);
  return concat(header, new Uint8Array(1024));
}

/** pickle.dump({ 'w': array }), without torch. */
export const barePickle = (): Uint8Array<ArrayBuffer> => pickleOf(op.emptyRecord, op.text('w'), op.none, op.setItem);

/** torch.save({ 'epoch': 3, 'state_dict': model.state_dict() }), as training loops do. */
export const withinTraining = (): Uint8Array<ArrayBuffer> =>
  torchOf(
    pickleOf(
      ...[op.emptyRecord, op.text('epoch'), pickledInteger(3), op.setItem],
      ...[op.text('state_dict'), op.emptyRecord, op.text('w'), tensorOf(tensor), op.setItem, op.setItem],
    ),
    { '0': values },
  );
