import { FileError } from '@longspan/core-tensor/error';
import { describe, expect, it } from 'vitest';
import { op, pickleOf, torchOf } from '../../test/torch-bytes.ts';
import { barePickle, olderForm, script, tar, wholeModel, withinTraining } from '../../test/torch-forms.ts';
import { openTorchFile } from './open-torch-file.ts';

/** The error of a file, and the bytes that were read before it. */
async function refused(bytes: Uint8Array, size = bytes.length): Promise<{ readonly error: FileError; readonly read: number }> {
  let read = 0;
  const source = {
    size,
    read: async (begin: number, end: number) => {
      read += end - begin;
      const part = new Uint8Array(end - begin);
      part.set(bytes.subarray(Math.min(begin, bytes.length), Math.min(end, bytes.length)));
      return part;
    },
  };
  const error: unknown = await openTorchFile(source, 'pytorch_model.bin').catch((thrown: unknown) => thrown);
  if (!(error instanceof FileError)) throw new Error(`expected an error, got ${String(error)}`);
  return { error, read };
}

const line = (load: string, modules = 'torch'): string =>
  `convert pytorch_model.bin in Python: import ${modules}; from safetensors.torch import save_file; save_file({k: v.clone().contiguous() for k, v in ${load}.items() if torch.is_tensor(v)}, "model.safetensors", metadata={"format": "pt"})`;
const trusted = 'if you trust who made it, for Python runs what it says, ';
const safe = 'torch.load("pytorch_model.bin", map_location="cpu", weights_only=True)';
const unsafe = safe.replace('True', 'False');
const ofScript = 'torch.jit.load("pytorch_model.bin", map_location="cpu").state_dict()';

describe('what is no zip of tensors', () => {
  const cases: readonly (readonly [what: string, bytes: Uint8Array, got: string, remedy: string])[] = [
    ['the older form', olderForm(), 'the older form of torch.save, from before 1.6', line(safe)],
    ['the older form, cut off', olderForm().slice(0, 60), 'the older form of torch.save, from before 1.6', line(safe)],
    ['a tar', tar(), 'a tar, the first form of torch.save', trusted + line(unsafe)],
    ['a bare pickle', barePickle(), 'a bare pickle', trusted + line('pickle.load(open("pytorch_model.bin", "rb"))', 'pickle, torch')],
    ['a whole model', wholeModel(), '"torch.nn.modules.linear.Linear"', trusted + line(`${unsafe}.state_dict()`)],
    ['a program', script(0), 'a program in TorchScript: "archive/code/__torch__/Net.py"', trusted + line(ofScript)],
    ['a compressed program', script(8), '"archive/code/__torch__/Net.py" by method 8', trusted + line(ofScript)],
    ['tensors within a record of training', withinTraining(), 'a number as "epoch"', line(`${safe}["state_dict"]`)],
    ['a zip that was cut off', wholeModel().slice(0, 100), 'a zip without its end: it was cut off', `fetch it again, or ${line(safe)}`],
    ['a web page', new TextEncoder().encode('<!doctype html>'), 'other bytes', `fetch it again, or ${line(safe)}`],
    ['nothing', new Uint8Array(), 'an empty file', `fetch it again, or ${line(safe)}`],
  ];

  it.each(cases)('is an error with the line of Python that converts it: %s', async (_, bytes, got, remedy) => {
    const { error } = await refused(bytes);
    expect(error.got).toContain(got);
    expect(error.remedy).toBe(remedy);
  });

  it('is known by its first bytes and its last, however large it is', async () => {
    for (const bytes of [olderForm(), tar(), barePickle(), new TextEncoder().encode('<!doctype html>')]) {
      expect((await refused(bytes, 2 ** 40)).read).toBeLessThan(70_000);
    }
  });

  it('is never run on the advice of a file that names a function', async () => {
    const command = pickleOf(op.global('os', 'system'), op.mark, op.text('true'), op.tuple, op.reduce);
    expect((await refused(torchOf(command))).error.remedy).toBe(line(safe));
  });
});
