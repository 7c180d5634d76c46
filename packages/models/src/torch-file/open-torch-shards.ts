import type { ByteSource, OpenedEntry, OpenedSafetensors } from '@longspan/core-tensor';
import { isRecord, show } from '@longspan/core-tensor/error';
import { openTorchFile } from './open-torch-file.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** Tensors that an index may name, as in core-tensor's reader of safetensors. */
const mostTensors = 100_000;

/**
 * Opens a checkpoint that lies in several files of torch: all tensors together, in the order of the index.
 * @param index the text of `pytorch_model.bin.index.json`
 * @param openFile gives a file by the name that stands in the index, which is never a path
 */
export async function openTorchShards(
  index: string,
  name: string,
  openFile: (name: string) => Promise<ByteSource>,
): Promise<Pick<OpenedSafetensors, 'tensors'>> {
  const refuse = refusalOf(name.replace(/[.]index[.]json$/, ''));
  const fileOf = filesOf(index, refuse);
  const opened = new Map<string, OpenedSafetensors>();
  for (const file of new Set(fileOf.values())) opened.set(file, await openTorchFile(await openFile(file), file));
  const tensors = new Map<string, OpenedEntry>();
  for (const [each, file] of fileOf) {
    const found = opened.get(file)?.tensors.get(each);
    if (found === undefined) {
      throw refuse({
        problem: `the file ${show(file)} must hold the tensor ${show(each)}.`,
        expected: 'every tensor in the file that the index names for it',
        got: `a file without ${show(each)}`,
        isDamaged: true,
      });
    }
    tensors.set(each, found);
  }
  return { tensors };
}

function filesOf(index: string, refuse: Refusal): ReadonlyMap<string, string> {
  let map: unknown;
  try {
    const parsed: unknown = JSON.parse(index);
    map = isRecord(parsed) ? parsed['weight_map'] : undefined;
  } catch {
    map = undefined;
  }
  const entries = isRecord(map) ? Object.entries(map) : [];
  const files = entries.flatMap(([name, file]) => (isFileName(file) ? [[name, file] as const] : []));
  if (entries.length > 0 && files.length === entries.length && entries.length <= mostTensors) return new Map(files);
  throw refuse({
    problem: 'the index must give each tensor the name of a file.',
    expected: '{"weight_map": {"name": "pytorch_model-00001-of-00002.bin", …}}, and no paths',
    got: show(index.slice(0, 60)),
    isDamaged: true,
  });
}

/** A name that is a path could lead openFile anywhere. */
const isFileName = (file: unknown): file is string =>
  typeof file === 'string' && /^[^/\\:\p{Cc}]+[.]bin$/u.test(file) && !file.startsWith('.');
