import { register } from '@longspan/wasm-backend';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { startBackend } from '../../cases/start-backend.ts';
import { type PeerFigures, type Timing, threads, type Where } from './input.ts';
import { attend, encoderLayer, longformer, longformerGradients, type Named, tensorsOf } from './own-layers.ts';
import { readArrays } from './tensor-file.ts';
import { timeRuns } from './time-runs.ts';
import { files, works } from './works.ts';

/** Our side of every row. */
export async function measureOwn({ folder, lengths, runSeconds }: Where & { readonly runSeconds: number }): Promise<PeerFigures> {
  await startBackend('wasm', 'stock');
  const registration = await register({ threads });
  const timings: Record<string, Timing> = {};
  const measure = async (
    work: string,
    file: string,
    run: (tensors: Named) => Tensor | readonly Tensor[],
    answer: string,
  ): Promise<void> => {
    const arrays = readArrays(folder, file);
    const tensors = tensorsOf(arrays);
    const expected = arrays[answer]?.values ?? [];
    timings[work] = await timeRuns(
      async () => {
        const results = [run(tensors)].flat() as Tensor[];
        const values = (await (results[0] as Tensor).data()) as Float32Array; // a copy of a few MB: ours pays for it as the others do
        dispose(results);
        return values;
      },
      expected,
      runSeconds,
    );
    dispose(tensors);
  };
  for (const n of lengths) {
    await measure(works.attention(n), files.attention(n), attend, 'out');
    await measure(works.longformer(n), files.longformer(n), longformer, 'out');
    await measure(works.longformerTraining(n), files.longformer(n), longformerGradients, 'dhidden');
  }
  await measure(works.encoder, files.encoder, encoderLayer, 'out');
  const { instructions, threads: got, threadsReason } = registration;
  registration.unregister();
  return { timings, versions: [`Longspan, ${instructions}, ${got} thread${got > 1 ? 's' : `: ${threadsReason}`}`] };
}
