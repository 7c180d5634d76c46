import { type ByteSource, type OpenedSafetensors, openSafetensors, openShards } from '@longspan/core-tensor';
import { FileError, inNameOf } from '@longspan/core-tensor/error';
import { openTorchFile } from '../torch-file/open-torch-file.ts';
import { openTorchShards } from '../torch-file/open-torch-shards.ts';
import type { CheckpointFiles, WeightConversion } from './checkpoint-files.ts';
import { readText } from './read-json.ts';

/** The weights of a checkpoint, still unread. */
export interface OpenedWeights {
  readonly tensors: OpenedSafetensors['tensors'];
  /** The files that they lie in, and their bytes. */
  readonly files: readonly WeightFile[];
  /** What came of looking for a conversion to safetensors, where the place has torch's form alone. */
  readonly conversion?: Omit<WeightConversion, 'files'> | undefined;
}

export interface WeightFile {
  readonly name: string;
  readonly bytes: number;
}

const single = 'model.safetensors';
const index = `${single}.index.json`;
// Where a checkpoint's weights may be, in the order of transformers: safetensors before torch's, one file before several.
const places = [single, index];
const torchPlaces = ['pytorch_model.bin', 'pytorch_model.bin.index.json'];
const torchForm = /[.](?:bin|pt|pth|ckpt)(?:[.]index[.]json)?$/;

/** Opens the weights of a checkpoint, in one file or in several; where it has torch's alone, those of its conversion first. */
export async function openWeights(caller: string, files: CheckpointFiles, given?: string): Promise<OpenedWeights> {
  const own = await openFirst(caller, files, given === undefined ? places : [given]);
  if (own !== undefined) return own;
  if (given !== undefined) throw await absent(caller, files, given);
  const found = await files.conversion?.();
  const safe = found?.files === undefined ? undefined : await openFirst(caller, found.files, places);
  if (safe !== undefined) return { ...safe, conversion: { revision: found?.revision, reason: found?.reason ?? '' } };
  const torch = await openFirst(caller, files, torchPlaces);
  if (torch === undefined) throw await absent(caller, files, single);
  if (found === undefined) return torch;
  return { ...torch, conversion: { reason: found.files === undefined ? found.reason : `${found.revision} has no ${single}` } };
}

async function openFirst(caller: string, files: CheckpointFiles, names: readonly string[]): Promise<OpenedWeights | undefined> {
  for (const name of names) {
    const opened = name.endsWith('.json') ? await openSeveral(caller, files, name) : await openOne(caller, files, name);
    if (opened !== undefined) return opened;
  }
  return undefined;
}

async function openOne(caller: string, files: CheckpointFiles, name: string): Promise<OpenedWeights | undefined> {
  const source = await files.open(name);
  if (source === undefined) return undefined;
  const { tensors } = await inName(caller, name, torchForm.test(name) ? openTorchFile(source, name) : openSafetensors(source));
  return { tensors, files: [{ name, bytes: source.size }] };
}

async function openSeveral(caller: string, files: CheckpointFiles, name: string): Promise<OpenedWeights | undefined> {
  const text = await readText(caller, files, name);
  if (text === undefined) return undefined;
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const opened: WeightFile[] = [];
  const open = async (shard: string): Promise<ByteSource> => {
    const source = await files.open(folder + shard);
    if (source === undefined) throw await absent(caller, files, folder + shard);
    opened.push({ name: folder + shard, bytes: source.size });
    return source;
  };
  const { tensors } = await inName(caller, name, torchForm.test(name) ? openTorchShards(text, name, open) : openShards(text, open));
  return { tensors, files: opened };
}

/** Errors name the function that was called and the file. */
async function inName<Value>(caller: string, file: string, opening: Promise<Value>): Promise<Value> {
  try {
    return await opening;
  } catch (error) {
    return inNameOf(`${caller}: ${file}`, () => {
      throw error;
    });
  }
}

const otherForm = /[.](?:bin|pt|pth|ckpt|h5|msgpack|onnx)$/;

async function absent(caller: string, files: CheckpointFiles, name: string): Promise<FileError> {
  const names = (await files.list?.()) ?? [];
  const others = names.filter((each) => otherForm.test(each));
  const shown = names.slice(0, 8).join(', ');
  return new FileError({
    caller,
    problem: `the checkpoint must have ${name}${name === single ? `, or ${[index, ...torchPlaces].join(', ')}` : ''}.`,
    expected: `${name} in ${files.where}`,
    got: names.length === 0 ? 'no such file' : `${shown}${names.length > 8 ? `, … (${names.length} files)` : ''}`,
    remedy: remedyFor(name, others[0]),
  });
}

function remedyFor(name: string, other: string | undefined): string {
  if (other === undefined) return 'check the place, or write the weights with save_pretrained of transformers or savePretrained.';
  if (name === single && torchForm.test(other)) return `give { weights: ${JSON.stringify(other)} }, if they are in that file.`;
  return `convert ${other} in Python: AutoModel.from_pretrained(folder).save_pretrained(folder, safe_serialization=True)`;
}
