import { errorsOf, inNameOf, requireKind } from '../error/index.ts';
import { cut, type JsonForm, mostEntries, parse, parsed, shown } from './header.ts';
import { type ByteSource, type OpenedEntry, type OpenedSafetensors, openSafetensors } from './open.ts';

const caller = 'openShards';
const { file: fileError } = errorsOf(caller);
const fetchAgain = 'check that this is model.safetensors.index.json and that its files belong to it, and fetch them again.';
const form: JsonForm = { expected: '{"weight_map": {"name": "model-00001-of-00002.safetensors", …}}', remedy: fetchAgain };

/**
 * Opens a checkpoint that lies in several safetensors files, as Hugging Face writes large ones: all tensors together, each read from its
 * own file when it is asked for.
 * @param index the text of `model.safetensors.index.json`
 * @param openFile gives a file by the name that stands in the index, which is never a path
 * @throws FileError when the index is no JSON, names a path, or a tensor that its file lacks; and as `openSafetensors`
 * @cost two reads for each file, then one for each tensor that is read
 * @source huggingface.co/docs/safetensors, sharded checkpoints (`weight_map`)
 * @example
 * const shard = (name) => new Blob([writeSafetensors({ tensors: { [name]: { dtype: 'U8', shape: [1], values: new Uint8Array([7]) } } })]);
 * const index = '{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}';
 * const file = await openShards(index, (name) => shard(name === 'model-1.safetensors' ? 'a' : 'b'));
 * await toTensor(await file.tensors.get('b').read()).data(); // => [7]
 */
export async function openShards(index: string, openFile: (name: string) => ByteSource | Promise<ByteSource>): Promise<OpenedSafetensors> {
  requireKind(caller, 'index', index, 'text');
  requireKind(caller, 'openFile', openFile, 'function');
  const fileOf = inNameOf(caller, () => filesOf(index));
  const names = [...new Set(fileOf.values())];
  const files = new Map(await Promise.all(names.map(async (name) => [name, await openSafetensors(await openFile(name))] as const)));
  const tensors = new Map<string, OpenedEntry>();
  for (const [name, file] of fileOf) {
    const found = files.get(file)?.tensors.get(name);
    if (found === undefined) {
      throw fileError({
        problem: `the file ${shown(file)} must hold the tensor ${shown(name)}.`,
        expected: 'every tensor in the file that the index names for it',
        got: `a file without ${shown(name)}`,
        remedy: fetchAgain,
      });
    }
    tensors.set(name, found);
  }
  const metadata = Object.fromEntries([...files.values()].flatMap((file) => Object.entries(file.metadata)));
  return { metadata, tensors };
}

/** The file of each tensor. */
function filesOf(index: string): ReadonlyMap<string, string> {
  const map = [...parsed(index, 'the index', form)].find(([name]) => name === 'weight_map')?.[1];
  const fileOf = new Map<string, string>();
  for (const [name, value] of parsed(map ?? '', 'the weight_map of the index', form)) {
    const file = value.startsWith('"') ? parse(value, 'the weight_map of the index', form) : undefined;
    // A name that is a path could lead openFile anywhere.
    if (typeof file !== 'string' || !/^[^/\\:\p{Cc}]+[.]safetensors$/u.test(file) || file.startsWith('.')) {
      throw fileError({
        problem: 'the index must give each tensor the name of a file.',
        expected: 'a name that ends with .safetensors, and no path',
        got: `${shown(name)}: ${cut(value)}`,
        remedy: fetchAgain,
      });
    }
    if (fileOf.has(name)) {
      throw fileError({
        problem: 'the names of tensors must be unique.',
        expected: 'each name once',
        got: `${shown(name)} twice`,
        remedy: fetchAgain,
      });
    }
    fileOf.set(name, file);
    if (fileOf.size > mostEntries) {
      throw fileError({
        problem: `an index must name at most ${mostEntries} tensors.`,
        expected: `at most ${mostEntries}`,
        got: 'more',
        remedy: fetchAgain,
      });
    }
  }
  return fileOf;
}
