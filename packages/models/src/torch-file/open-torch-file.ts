import type { ByteSource, OpenedSafetensors } from '@longspan/core-tensor';
import { show } from '@longspan/core-tensor/error';
import { openVirtual } from '../pretrained/virtual-safetensors.ts';
import { elementBytes } from './allowed.ts';
import { gather, isContiguous, reachOf } from './gather.ts';
import { isOfScript } from './other-form.ts';
import { isRecordOfPickle, isTensor, kindOf, type PickledRecord, type TorchTensor } from './pickle-value.ts';
import { readPickle } from './read-pickle.ts';
import { type OtherForm, type Refusal, refusalOf } from './refusal.ts';
import { type Member, openZip } from './zip.ts';

/** Bytes that a pickle may have; torch writes some 200 for a tensor. */
const longestPickle = 32 * 2 ** 20;

/** How often the bytes of a file may be tensors, taken together: tied ones share theirs, and in T5 four do. */
const mostShared = 32;

interface PlacedTensor {
  readonly tensor: TorchTensor;
  readonly storage: Member;
  readonly bytes: number;
}

/**
 * Opens the weights of a file that torch.save wrote, since torch 1.6, without running what it says and without reading it whole: its pickle
 * now, each tensor when it is asked for. They come as those of a safetensors file, so that one reader decodes both.
 * @param name of the file, for errors
 * @throws FileError for whatever is not a zip of stored members and a record of tensors within it
 * @cost two or three reads and the pickle, then two for each tensor; a view that is not contiguous is read as far as it reaches
 */
export async function openTorchFile(source: ByteSource, name: string): Promise<OpenedSafetensors> {
  const refuse = refusalOf(name);
  const members = await openZip(source, refuse);
  requireNoProgram(members, refuse);
  const prefix = await prefixOf(members, refuse);
  const pickle = members.get(`${prefix}data.pkl`) as Member;
  if (pickle.size > longestPickle) {
    throw refuse({
      problem: `the pickle of a checkpoint must be at most ${longestPickle} bytes.`,
      expected: 'tensors and their names',
      got: `${pickle.size} bytes`,
    });
  }
  const record = readPickle(await pickle.read(0, pickle.size), refuse);
  if (!isRecordOfPickle(record)) throw notTensors(kindOf(record), refuse);
  const placed = new Map<string, PlacedTensor>();
  let sum = 0;
  for (const [each, value] of record.entries) {
    if (!isTensor(value) || each === '__metadata__') throw notTensors(`${kindOf(value)} as ${show(each)}`, refuse, withinOf(record));
    const storage = storageIn(members, `${prefix}data/${value.storage.key}`, value, refuse);
    const bytes = value.shape.reduce((product, size) => product * size, 1) * elementBytes(value.dtype);
    sum += bytes;
    placed.set(each, { tensor: value, storage, bytes });
  }
  if (sum > mostShared * source.size) {
    throw refuse({
      problem: `the tensors of a file must not be larger than ${mostShared} times the file.`,
      expected: `at most ${mostShared * source.size} bytes`,
      got: `${sum} bytes`,
    });
  }
  return openVirtual(
    new Map(
      [...placed].map(([each, one]) => {
        const { dtype, shape } = one.tensor;
        return [each, { dtype, shape, bytes: one.bytes, read: () => bytesOf(one) }] as const;
      }),
    ),
  );
}

/** The folder of the zip: its only one that has a pickle. Numbers must stand in it with their lowest byte first. */
async function prefixOf(members: ReadonlyMap<string, Member>, refuse: Refusal): Promise<string> {
  const pickles = [...members.keys()].filter((each) => /^[^/]+[/]data[.]pkl$/.test(each));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw refuse({
      problem: 'the zip must hold one pickle of torch.',
      expected: 'one data.pkl in one folder',
      got: `${pickles.length} of them in ${members.size} files`,
    });
  }
  const prefix = pickle.slice(0, -'data.pkl'.length);
  const order = members.get(`${prefix}byteorder`);
  const word = order === undefined ? 'little' : String.fromCharCode(...(await order.read(0, Math.min(order.size, 16))));
  if (word === 'little') return prefix;
  throw refuse({ problem: 'the numbers of the file must have their lowest byte first.', expected: 'byteorder little', got: show(word) });
}

function storageIn(members: ReadonlyMap<string, Member>, name: string, { storage }: TorchTensor, refuse: Refusal): Member {
  const member = members.get(name);
  const wanted = storage.size * (storage.dtype === undefined ? 1 : elementBytes(storage.dtype));
  if (member?.size === wanted) return member;
  throw refuse({
    problem: 'every storage of the pickle must be in the zip, in its size.',
    expected: `${wanted} bytes as ${show(name)}`,
    got: member === undefined ? 'no such member' : `${member.size} bytes`,
    isDamaged: true,
  });
}

const notTensors = (got: string, refuse: Refusal, form?: OtherForm): Error =>
  refuse({ problem: 'a file of weights must be a record of tensors by their names.', expected: 'the state_dict of a model', got, form });

/** Where the tensors are that a training loop has saved beside other things. */
function withinOf({ entries }: PickledRecord): OtherForm | undefined {
  const found = [...entries].find(([, value]) => isRecordOfPickle(value) && [...value.entries.values()].some(isTensor));
  return found === undefined ? undefined : { within: found[0] };
}

function requireNoProgram(members: ReadonlyMap<string, Member>, refuse: Refusal): void {
  const found = [...members.keys()].find(isOfScript);
  if (found === undefined) return;
  throw refuse({
    problem: 'a file of weights must hold tensors alone.',
    expected: 'what torch.save writes of a state_dict',
    got: `a program in TorchScript: ${show(found)}`,
    form: 'script',
  });
}

async function bytesOf({ tensor, storage, bytes }: PlacedTensor): Promise<Uint8Array> {
  const { dtype, offset, shape, strides } = tensor;
  const width = elementBytes(dtype);
  const begin = offset * width;
  if (isContiguous(shape, strides)) return storage.read(begin, begin + bytes);
  return gather(await storage.read(begin, begin + reachOf(shape, strides) * width), width, shape, strides);
}
