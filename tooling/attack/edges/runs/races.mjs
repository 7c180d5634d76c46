import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { shown } from '../../shown.ts';
import { faultOfError } from '../fault-of-error.mjs';
import { alone, disposeTrained, memory } from './alone.mjs';
import { describe, drawn } from './draw.mjs';

/** Two runs at once on one model, and calls in odd orders. */
export async function races(_index, r, { find, label }) {
  const config = { ...drawn(r), length: 1000 };
  label(`races ${describe(config)}`);
  const baseline = tf.memory().numTensors;
  const solo = memory();
  const a = await (await alone(config, solo)).run.finish().catch((e) => e);
  if (a instanceof Error) return;
  disposeTrained(a);
  const other = { ...drawn(r), kind: config.kind, length: 1000 };
  const [one, two] = [memory(), memory()];
  one.during = () => new Promise((d) => setTimeout(d, r.int(0, 3)));
  const runs = [await alone(config, one), await alone(other, two)].map((x) => x.run.finish());
  const done = await Promise.allSettled(runs);
  for (const { value } of done) if (value) disposeTrained(value);
  if (done[0].status === 'rejected')
    find({
      severity: 'medium',
      kind: 'two runs at once: throws',
      input: describe(config),
      expected: 'weights',
      got: String(done[0].reason).slice(0, 400),
    });
  else if (Buffer.compare(Buffer.from(one.bytes), Buffer.from(solo.bytes)) !== 0)
    find({
      severity: 'high',
      kind: 'two runs at once on one model differ from one alone',
      input: `${describe(config)} beside ${describe(other)}`,
      expected: 'the same checkpoint',
      got: 'another',
    });
  // finish twice, concurrently; iterate twice; next() calls in parallel.
  const s = memory();
  const { run } = await alone({ ...config, steps: 3 }, s);
  const results = await Promise.allSettled([run.finish(), run.finish()]);
  const values = results.map((x) => x.value ?? x.reason);
  for (const v of values)
    if (v instanceof Error) {
      const f = faultOfError(v);
      if (f)
        find({
          severity: 'low',
          kind: `finish() twice at once: ${f.kind}`,
          signature: `finish twice:${f.text.slice(0, 30)}`,
          input: describe(config),
          expected: 'weights or our error',
          got: f.text,
        });
    }
  for (const v of new Set(values)) if (v && !(v instanceof Error)) disposeTrained(v);
  const { run: run2 } = await alone({ ...config, steps: 3, validation: undefined }, memory());
  const it = run2[Symbol.asyncIterator]();
  const steps = await Promise.allSettled([it.next(), it.next(), it.next(), it.next()]);
  const numbers = steps.map((x) => x.value?.value?.step);
  if (
    config.validation === undefined &&
    JSON.stringify(numbers) !== '[1,2,3,null]' &&
    JSON.stringify(numbers) !== JSON.stringify([1, 2, 3, undefined])
  )
    find({ severity: 'unclear', kind: 'next() in parallel', input: describe(config), expected: '1, 2, 3, end', got: shown(numbers) });
  disposeTrained(await run2.finish().catch(() => undefined));
  if (tf.memory().numTensors !== baseline)
    find({
      severity: 'medium',
      kind: 'races leak',
      signature: 'races leak',
      input: describe(config),
      expected: baseline,
      got: tf.memory().numTensors,
    });
}
