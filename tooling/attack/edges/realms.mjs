import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-cpu';
import { build } from 'esbuild';
import { tables } from '../../exports/table/index.ts';
import { shown } from '../shown.ts';
import * as odd from './odd-values.mjs';

await tf.setBackend('cpu');
const warned = [];
console.warn = (...a) => warned.push(a.join(' '));
const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL('.', import.meta.url));
const entries = Object.keys(tables).filter((e) => !/gpu-backend|wasm-backend|tfjs-layers/.test(e));
const contents = `${entries.map((e, i) => `import * as e${i} from '${e}';`).join('\n')}\nimport { tables } from '../../exports/table/index.ts';\nexport { tables };\nexport const entries = { ${entries.map((e, i) => `'${e}': e${i}`).join(', ')} };`;
const { writeStream } = await import('@longspan/memory-xl');
const streamBytes = [...(await writeStream({ predicted: 5, nats: 2.5, state: {} }))];
const withoutAwait = {
  name: 'without await',
  setup: (b) =>
    b.onLoad({ filter: /table\/memory-xl\.ts$/ }, async ({ path }) => ({
      loader: 'ts',
      contents: (await import('node:fs'))
        .readFileSync(path, 'utf8')
        .replace(/await xl\.writeStream\([^\n]*\);/, `Uint8Array.from(${JSON.stringify(streamBytes)});`),
    })),
};
const bundle = async (minify) =>
  (
    await build({
      stdin: { contents, loader: 'ts', resolveDir: here },
      bundle: true,
      write: false,
      minify,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      conditions: ['@longspan/source'],
      external: ['@tensorflow/*', 'webgpu', 'vitest', '@longspan/gpu-backend', '@longspan/wasm-backend', '@longspan/wasm-backend/static'],
      logLevel: 'silent',
      plugins: [withoutAwait],
      define: { 'import.meta.url': JSON.stringify('file:///x.js') },
    })
  ).outputFiles[0].text;
const load = (code, globals) => {
  const module = { exports: {} };
  const req = (name) => (/wasm-backend|gpu-backend|vitest/.test(name) ? {} : require(name));
  if (globals === undefined) new Function('module', 'exports', 'require', code)(module, module.exports, req);
  else {
    const context = vm.createContext(globals);
    vm.runInContext(`(function (module, exports, require) {${code}\n})`, context)(module, module.exports, req);
  }
  return module.exports;
};
const code = await bundle(true);
const globals = {
  console,
  TextEncoder,
  TextDecoder,
  structuredClone,
  crypto,
  URL,
  performance,
  Blob,
  AbortController,
  AbortSignal,
  setTimeout,
  clearTimeout,
  queueMicrotask,
  WebAssembly,
  Event,
  EventTarget,
  process,
  Buffer,
  ReadableStream,
  MessageChannel,
  MessagePort,
  File,
};
const copies = {
  'a plain copy': { tables, entries: Object.fromEntries(await Promise.all(entries.map(async (e) => [e, await import(e)]))) },
  'a minified copy': load(code),
  'a copy in another realm': load(code, { ...globals }),
  'one more, as Jest does': load(code, { ...globals, ArrayBuffer, Uint8Array, Float32Array }),
};
const names = Object.keys(copies);
const rows = [];
// What caches hold depends on what ran before.
for (const entry of entries)
  for (const [name, row] of Object.entries(tables[entry]))
    if ('calls' in row && row.backend === undefined && name !== 'caches')
      row.calls.forEach((_, at) => {
        rows.push({ entry, name, at });
        for (const method of Object.keys(row.methods ?? {}))
          if (at === 0) for (const m of row.methods[method].calls.keys()) rows.push({ entry, name, at, method, m });
      });
const isTensor = (v) => typeof v === 'object' && v !== null && 'dataId' in v;
async function read(value, depth = 0) {
  if (isTensor(value))
    return `tensor [${value.shape}] ${value.dtype} ${[...(await value.data()).slice(0, 200)].map((x) => (Number.isFinite(x) ? x.toPrecision(5) : x))}`;
  if (typeof value === 'function') return 'function';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value !== 'object' || value === null) return String(value);
  if (depth > 5) return '…';
  if (ArrayBuffer.isView(value))
    return `${Object.prototype.toString.call(value)} ${[...(value.length === undefined ? [] : value).slice(0, 200)].map(String)}`;
  if (Symbol.asyncIterator in value && typeof value.next === 'function') {
    const all = [];
    for (let i = 0; i < 3; i++) {
      const n = await value.next();
      if (n.done) break;
      all.push(await read(n.value, depth + 1));
    }
    await value.return?.();
    return `iterator ${all}`;
  }
  if (typeof value.finish === 'function') {
    const d = await value.finish();
    return `run ${d.ended} ${d.step} ${await read(d.parameters, depth + 1)}`;
  }
  const fields = value instanceof Map || Object.prototype.toString.call(value) === '[object Map]' ? [...value] : Object.entries(value);
  const parts = [];
  for (const [k, v] of fields.slice(0, 60)) parts.push(`${k}: ${await read(v, depth + 1)}`);
  return `{${parts}}`;
}
async function run({ entry, name, at, method, m }, makerOfArgs, runner, mutate) {
  try {
    const row = copies[makerOfArgs].tables[entry][name];
    let value;
    if (method === undefined) value = await copies[runner].entries[entry][name](...mutate(row.calls[at]()));
    else {
      const made = await copies[runner].entries[entry][name](...row.calls[0]());
      value = await made[method](...mutate(row.methods[method].calls[m](made)));
    }
    return { text: await read(value) };
  } catch (error) {
    return { error, text: `${error?.name}: ${String(error?.message).split('\n')[0]}` };
  }
}
async function rowCase(r, { find, label, note }) {
  const row = r.pick(rows);
  const [maker, runner] = [r.pick(names), r.pick(names)];
  const text = `${row.entry} ${row.name}${row.method ? `().${row.method}` : ''} call ${row.at}: arguments by ${maker}, run by ${runner}`;
  label(text);
  const same = (x) => x;
  let mutate = same;
  let words = 'valid';
  if (r.chance(0.3)) {
    const [what, make] = r.pick([
      ...odd.plain,
      ...odd.objects.filter(([w]) => !/endless|never|revoked|traps|throws|iterator|generator|Math|globalThis|realm|deep|cyclic/.test(w)),
    ]);
    const place = r.int(0, 1);
    words = `argument ${place} is ${what}`;
    mutate = (args) => args.map((a, i) => (i === place ? make() : a));
  }
  tf.engine().startScope();
  const [one, other] = [await run(row, 'a plain copy', 'a plain copy', mutate), await run(row, maker, runner, mutate)];
  tf.engine().endScope();
  note(`${words === 'valid' ? 'valid' : 'odd'} ${one.error ? 'threw' : 'gave'}`);
  const clean = (t) => t.replace(/performance|(tokensPerSecond|time): (\{[^}]*\}|[^,}]*)/g, '');
  if (clean(one.text) !== clean(other.text))
    find({
      severity:
        words === 'valid'
          ? other.error
            ? 'medium'
            : 'high'
          : other.error && !/^(Config|Shape|File|Explained)Error/.test(other.text)
            ? 'medium'
            : 'low',
      kind: `another answer by ${runner === maker ? '' : 'a mix with '}${runner}`,
      signature: `${row.name}:${row.method ?? ''}:${runner}:${maker === runner}:${words === 'valid'}`,
      input: `${text}; ${words}`,
      expected: one.text.slice(0, 300),
      got: `${other.text.slice(0, 300)} ${(other.error?.stack ?? '').split('\n').slice(1, 4).join(' ').slice(0, 400)}`,
    });
}
/** Worker threads: each has the packages for itself; some are ended in the middle. */
const workerCode = `
const { parentPort, workerData } = require('node:worker_threads'); const own = require('node:module').createRequire(workerData.base);
(async () => {
  const tf = own('@tensorflow/tfjs'); await tf.setBackend('cpu');
  const module = { exports: {} }; new Function('module', 'exports', 'require', workerData.code)(module, module.exports, (n) => /wasm-backend|gpu-backend|vitest/.test(n) ? {} : own(n));
  const s = module.exports.entries['@longspan/attention-sparse']; const h = module.exports.entries['@longspan/hierarchical']; const c = module.exports.entries['@longspan/core-tensor'];
  const key = c.createKey(workerData.seed); const q = c.normal(key, [1, 2, 24, 4]); const out = s.sparseAttention(q, q, q, { mask: s.slidingWindow({ left: 5, right: 2 }) }).out;
  const text = h.segmentText('It rains. '.repeat(200), { locale: 'en' });
  const file = c.writeSafetensors({ tensors: { w: { dtype: 'F32', shape: [2], values: Float32Array.of(1, 2) } } });
  parentPort.postMessage({ out: [...await out.data()], segments: text, file, mask: s.causal().or(s.prefix({ length: 3 })).toJSON(), words: key.words });
})().catch((e) => parentPort.postMessage({ error: String(e && e.stack) }));
`;
async function workers(r, { find, label }) {
  label('workers');
  const seed = r.int(0, 99);
  const plain = copies['a plain copy'].entries;
  const sparse = plain['@longspan/attention-sparse'],
    core = plain['@longspan/core-tensor'],
    h = plain['@longspan/hierarchical'];
  const small = r.chance(0.3);
  const ws = [0, 1].map(
    (i) =>
      new Promise((done) => {
        const w = new Worker(workerCode, {
          eval: true,
          execArgv: [],
          workerData: { code, seed, base: import.meta.url },
          stdout: true,
          stderr: true,
          ...(small && i === 0 ? { resourceLimits: { maxOldGenerationSizeMb: r.int(30, 60) } } : {}),
        });
        let got;
        w.on('message', (m) => {
          got = m;
        });
        w.on('error', (e) => done({ error: e.code ?? String(e) }));
        w.on('exit', () => done(got));
        if (i === 1 && r.chance(0.4)) setTimeout(() => w.terminate(), r.int(0, 1500));
      }),
  );
  for (const got of await Promise.all(ws)) {
    if (got === undefined || got.error === 'ERR_WORKER_OUT_OF_MEMORY') continue;
    if (got.error !== undefined) {
      find({
        severity: 'medium',
        kind: 'a worker throws',
        signature: `worker:${got.error.slice(0, 40)}`,
        input: `seed ${seed}${small ? ', small heap' : ''}`,
        expected: 'an answer',
        got: got.error.slice(0, 500),
      });
      continue;
    }
    tf.engine().startScope();
    const q = core.normal(core.createKey(seed), [1, 2, 24, 4]);
    const want = [...(await sparse.sparseAttention(q, q, q, { mask: sparse.slidingWindow({ left: 5, right: 2 }) }).out.data())];
    tf.engine().endScope();
    if (JSON.stringify(want) !== JSON.stringify(got.out))
      find({
        severity: 'high',
        kind: 'a worker gives other numbers',
        input: `seed ${seed}`,
        expected: shown(want.slice(0, 6)),
        got: shown(got.out.slice(0, 6)),
      });
    try {
      const levels = h.textLevels(got.segments, { spans: [{ start: 0, end: 2 }] });
      if (!levels) throw new Error('none');
      const m = sparse.maskFromJSON(got.mask);
      if (m.name !== 'causal().or(prefix({ length: 3 }))') throw new Error(m.name);
      const k = core.keyFromWords(got.words);
      if (k.words.join() !== core.createKey(seed).words.join()) throw new Error('key');
      core.readSafetensors(got.file);
    } catch (e) {
      find({
        severity: 'medium',
        kind: 'what a worker sent is not taken',
        signature: `sent:${e.message.slice(0, 40)}`,
        input: 'segments, mask JSON, key words, a file, by postMessage',
        expected: 'taken',
        got: String(e.message).slice(0, 400),
      });
    }
  }
}
/**
 * Two copies of the packages in one program, minified bundles, other realms, worker threads: the same answers as one plain copy.
 * @type {import('../attack.ts').Attack}
 */
export const realms = {
  name: 'realms',
  limits: { cpu: 60, wall: 240 },
  runCase: async (_index, r, tools) => {
    if (r.float() < 0.985) await rowCase(r, tools);
    else await workers(r, tools);
  },
};
