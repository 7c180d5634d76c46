import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { alternate, type Rounds, type Timed } from '../../../figures/alternate.ts';
import type { Contender } from '../../kernels/contest.ts';
import type { Recorded, Recorder } from '../device/recorder.ts';
import type { CountedCall } from '../input.ts';
import type { GpuBench, Work } from './gpu-bench.ts';

/** What `tune` found, under the name of a row or point. */
export const noteOf = (name: string, tuned: string | undefined): Pick<Work, 'notes'> =>
  tuned === undefined ? {} : { notes: { [name]: tuned } };

/** One side of a comparison: tfjs's tensors are disposed for it; another library gives its own back. */
export type Side = Omit<Contender, 'run'> & { run(): ReturnType<Contender['run']> | Promise<undefined> };

/** One call of a side, with its kernels in place. */
async function recorded(recorder: Recorder, { run }: Pick<Side, 'run'>): Promise<Recorded> {
  let results: ReturnType<Contender['run']>;
  const found = await recorder.record(async () => {
    results = await run();
  });
  if (results !== undefined) dispose([results].flat() as Tensor[]);
  return found;
}

/** What one call of each side puts onto the device. The sides have run before: what is made once only does not count. */
export async function countCalls(
  { device: { recorder } }: Pick<GpuBench, 'device'>,
  row: string,
  sides: readonly { readonly side: Side; readonly flops: number }[],
): Promise<CountedCall[]> {
  const counted: CountedCall[] = [];
  for (const { side, flops } of sides) {
    await side.takeOver();
    const { dispatches, bytes } = await recorded(recorder, side);
    counted.push({ row, side: side.name, dispatches, bytes, flops });
  }
  return counted;
}

/** Seconds of the device for each side and round; undefined where nothing is timed. */
export async function timeInTurns(
  { device: { adapter, recorder }, pace, onRound }: Pick<GpuBench, 'device' | 'pace' | 'onRound'>,
  sides: readonly Side[],
): Promise<Rounds | undefined> {
  if (adapter.untimed !== undefined) return undefined;
  const timed = sides.map(
    (side): Timed => ({
      async times(runs) {
        await side.takeOver();
        const seconds: number[] = [];
        for (let run = 0; run < runs; run++) seconds.push((await recorded(recorder, side)).seconds as number);
        return seconds;
      },
    }),
  );
  return alternate(timed, pace, 5, onRound);
}
