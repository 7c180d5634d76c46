import { expect, it } from 'vitest';
import { job, type Progress } from './job.ts';

it('what a worker says after its result, or after it failed, changes nothing', async () => {
  for (const [work, end] of [
    [async () => 7, { at: 'done', result: 7 }],
    [async () => Promise.reject(new Error('no memory')), { at: 'failed', message: 'no memory' }],
  ] as const) {
    const one = job<number>();
    let late: (progress: Progress) => void = () => undefined;
    await one.start((_, say) => {
      late = say;
      say({ label: 'half', share: 0.5 });
      expect(one.state.value).toEqual({ at: 'running', progress: { label: 'half', share: 0.5 } });
      return work();
    });
    late({ label: 'late', share: 0.8 });
    expect(one.state.value).toEqual(end);
  }
});

it('of two that were started the later one counts', async () => {
  const one = job<string>();
  let end: (value: string) => void = () => undefined;
  const first = one.start(
    (signal) =>
      new Promise((resolve) => {
        end = resolve;
        signal.addEventListener('abort', () => undefined);
      }),
  );
  await one.start(async () => 'second');
  end('first');
  await first;
  expect(one.state.value).toEqual({ at: 'done', result: 'second' });
});
