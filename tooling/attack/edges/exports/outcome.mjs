import { cpuSeconds } from '../../cpu-seconds.ts';
import { isTensor } from './places.mjs';

/** What nobody caught while a call was at work. */
let late;

process.on('unhandledRejection', (e) => {
  late = e;
});

process.on('uncaughtException', (e) => {
  late = e;
});

/** What a call comes to: its value, with the first parts of what it iterates; what it threw; whether it never answers. */
export async function outcome(call) {
  const since = cpuSeconds();
  late = undefined;
  let result;
  try {
    let value = call();
    const waits = typeof value?.then === 'function' && !isTensor(value);
    if (waits) value = await timed(value);
    if (value && typeof value === 'object' && typeof value.next === 'function' && Symbol.asyncIterator in value) {
      const all = [];
      for (let i = 0; i < 3; i++) {
        const r = await timed(value.next());
        if (r === stalled) return { threw: false, stalled: true, value: undefined, seconds: 0 };
        if (r.done) break;
        all.push(r.value);
      }
      Promise.resolve(value.return?.()).catch(() => {});
      value = all;
    }
    if (value && typeof value === 'object' && typeof value.finish === 'function') value = await timed(value.finish());
    result = value === stalled ? { threw: false, stalled: true } : { threw: false, value };
  } catch (error) {
    result = { threw: true, error };
  }
  await new Promise((r) => setImmediate(r));
  if (late !== undefined && !late?.hostile) result.late = late;
  return { ...result, seconds: cpuSeconds() - since };
}

const stalled = Symbol('stalled');

const timed = (p) => {
  let t;
  return Promise.race([
    p,
    new Promise((r) => {
      t = setTimeout(() => r(stalled), 1500);
    }),
  ]).finally(() => clearTimeout(t));
};
