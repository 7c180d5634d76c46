import '@tensorflow/tfjs-backend-cpu';
import * as t from '@longspan/training';
import * as tf from '@tensorflow/tfjs';
import { shown } from '../../shown.ts';
import { faultOfError } from '../fault-of-error.mjs';
import { other } from '../odd-values.mjs';
import { alone, disposeTrained, memory, Stop } from './alone.mjs';
import { describe, drawn } from './draw.mjs';

/** A run that is stopped and gone on with ends as the run alone, bit for bit. */
export async function resumed(_index, r, { find, label, note }) {
  const config = drawn(r);
  const baseline = tf.memory().numTensors;
  label(`resume ${describe(config)}`);
  const store = memory();
  let reference, whole;
  const losses = [];
  try {
    const a = await alone(config, store);
    for await (const s of a.run) losses.push(s);
    whole = await a.run.finish();
    if (a.open.count !== 0)
      find({ severity: 'low', kind: 'a generator of data was left open', input: describe(config), expected: 0, got: a.open.count });
  } catch (e) {
    const f = faultOfError(e);
    if (f)
      find({
        severity: 'medium',
        kind: `a plain run: ${f.kind}`,
        signature: `plain:${f.text.slice(0, 50)}`,
        input: describe(config),
        expected: 'weights',
        got: `${f.text} ${f.frame}`,
      });
    if (tf.memory().numTensors !== baseline)
      find({
        severity: 'medium',
        kind: 'a run that throws leaks',
        input: `${describe(config)}; ${e.message}`,
        expected: baseline,
        got: tf.memory().numTensors,
      });
    return;
  }
  reference = store.bytes;
  disposeTrained(whole);
  if (tf.memory().numTensors !== baseline)
    find({ severity: 'medium', kind: 'a plain run leaks', input: describe(config), expected: baseline, got: tf.memory().numTensors });
  const again = memory();
  const story = [];
  const all = [];
  let last;
  for (let attempt = 0; attempt < 12; attempt++) {
    const how =
      attempt > 8
        ? 'none'
        : r.pick([
            'signal in data',
            'signal in validation',
            'signal in write',
            'signal later',
            'signal before',
            'leave',
            'write throws',
            'data throws',
            'validation throws',
            'schedule throws',
            'none',
            'read as Buffer',
            'read of another realm',
            'leave and finish',
          ]);
    const at = r.int(0, 6);
    story.push(`${how} ${at}`);
    const stop = new AbortController();
    const extra = { signal: r.chance(0.5) || how.startsWith('signal') ? stop.signal : undefined };
    let counter = 0;
    const when = () => counter++ === at;
    again.during = undefined;
    again.form = (b) => b;
    if (how === 'signal before') stop.abort();
    if (how === 'signal in data') extra.onBatch = () => when() && stop.abort();
    if (how === 'signal in validation') extra.onValidation = () => when() && stop.abort();
    if (how === 'signal in write') again.during = () => when() && stop.abort();
    if (how === 'signal later') setTimeout(() => stop.abort(), r.int(0, 20));
    if (how === 'write throws')
      again.during = () => {
        if (when()) throw new Stop('disk');
      };
    if (how === 'data throws')
      extra.onBatch = () => {
        if (when()) throw new Stop('data');
      };
    if (how === 'validation throws')
      extra.onValidation = () => {
        if (when()) throw new Stop('validation');
      };
    if (how === 'schedule throws') {
      const s = t.cosineSchedule({ learningRate: config.rate, steps: config.steps });
      extra.schedule = (step) => {
        if (when()) throw new Stop('schedule');
        return s(step);
      };
    }
    if (how === 'read as Buffer') again.form = (b) => b && Buffer.from(b);
    if (how === 'read of another realm')
      again.form = (b) => {
        if (!b) return b;
        const o = new (other('Uint8Array'))(b.length);
        o.set(b);
        return o;
      };
    let ended, opened;
    try {
      const a = await alone(config, again, extra);
      opened = a.open;
      if (how.startsWith('leave')) {
        let n = 0;
        for await (const s of a.run) {
          all.push(s);
          if (n++ >= at) break;
        }
        last = how === 'leave' ? await a.run.finish() : await a.run.finish();
      } else if (r.chance(0.3)) last = await a.run.finish();
      else {
        for await (const s of a.run) all.push(s);
        last = await a.run.finish();
      }
      ended = last.ended;
      disposeTrained(last);
    } catch (e) {
      ended = 'threw';
      if (e?.trained) {
        disposeTrained(e.trained);
        if (how !== 'write throws')
          find({
            severity: 'medium',
            kind: 'CheckpointError without a failed write',
            input: `${describe(config)}; ${story}`,
            expected: 'none',
            got: e.message,
          });
      } else {
        const f = faultOfError(e);
        if (f)
          find({
            severity: 'medium',
            kind: `resume: ${f.kind}`,
            signature: `resume:${how}:${f.text.slice(0, 40)}`,
            input: `${describe(config)}; ${story}`,
            expected: 'weights or our error',
            got: `${f.text} ${f.frame}`,
          });
        else if (!e?.hostile)
          find({
            severity: 'medium',
            kind: 'resume throws',
            signature: `resume throws:${how}:${e.message.slice(0, 40)}`,
            input: `${describe(config)}; ${story}`,
            expected: 'weights',
            got: e.message,
          });
      }
    }
    if (opened !== undefined && opened.count !== 0 && !how.startsWith('signal'))
      find({
        severity: 'low',
        kind: 'a generator of data was left open',
        signature: `open:${how}`,
        input: `${describe(config)}; ${story}`,
        expected: 0,
        got: opened.count,
      });
    await new Promise((d) => setImmediate(d));
    if (tf.memory().numTensors !== baseline) {
      find({
        severity: 'medium',
        kind: 'a stopped run leaks tensors',
        signature: `leak:${how}`,
        input: `${describe(config)}; ${story}`,
        expected: baseline,
        got: tf.memory().numTensors,
      });
      return;
    }
    if (['steps', 'patience', 'data'].includes(ended)) break;
  }
  note(story.length > 1 ? 'stopped' : 'not stopped');
  const words = `${describe(config)}; stops: ${story.join(', ')}`;
  const signalInValidation = story.some((s) => s.startsWith('signal in validation')) || story.some((s) => s.startsWith('signal later'));
  if (last === undefined || reference === undefined) {
    if (reference !== undefined && again.bytes === undefined)
      find({ severity: 'medium', kind: 'no checkpoint at the end', input: words, expected: 'one', got: 'none' });
    return;
  }
  if (last.ended !== whole.ended || last.step !== whole.step) {
    find({
      severity: 'high',
      kind:
        signalInValidation && config.validation?.patience
          ? 'a run that was stopped in a validation ends elsewhere'
          : 'the resumed run ends elsewhere',
      input: words,
      expected: `${whole.ended} at ${whole.step}`,
      got: `${last.ended} at ${last.step}`,
    });
    return;
  }
  if (!again.bytes || Buffer.compare(Buffer.from(again.bytes), Buffer.from(reference)) !== 0) {
    const meta = (b) =>
      Buffer.from(b)
        .subarray(8, 8 + Number(Buffer.from(b).readBigUInt64LE(0)))
        .toString()
        .match(/"training":"(.*?[^\\])"/)?.[1];
    find({
      severity: 'high',
      kind:
        signalInValidation && config.validation
          ? 'a run that was stopped in a validation has another last checkpoint'
          : 'the resumed run has another last checkpoint',
      signature: `${signalInValidation && config.validation ? 'validation' : 'other'} checkpoint:${meta(again.bytes) === meta(reference) ? 'tensors' : 'numbers'}`,
      input: words,
      expected: meta(reference)?.slice(0, 300),
      got: meta(again.bytes)?.slice(0, 300),
    });
    return;
  }
  for (const s of all) {
    const w = losses[s.step - 1];
    if (!w || w.loss !== s.loss || w.gradientNorm !== s.gradientNorm || w.validationLoss !== s.validationLoss) {
      find({ severity: 'high', kind: 'another loss at a step', input: words, expected: shown(w), got: shown(s) });
      return;
    }
  }
}
