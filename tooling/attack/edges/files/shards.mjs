import { openShards } from '@longspan/core-tensor';
import { shown } from '../../shown.ts';
import { faultOfError } from '../fault-of-error.mjs';
import { same, valuesOf } from './encoding.mjs';
import { right } from './right.mjs';

/** Indexes of sharded checkpoints: the files that they name are names, never paths. */
export async function shards(r, { find, label }) {
  const files = new Map(r.list(1, 3, (i) => [`model-${i}.safetensors`, right(r)]));
  const map = {};
  for (const [file, f] of files)
    for (const i of f.infos) Object.defineProperty(map, i.name, { value: file, enumerable: true, configurable: true });
  let index = JSON.stringify({ metadata: { total_size: 1 }, weight_map: map });
  const ok = r.chance(0.3);
  if (!ok)
    for (let i = r.int(1, 2); i > 0; i--) {
      const at = r.int(0, index.length);
      index = r.pick([
        () => index.slice(0, at),
        () =>
          index.slice(0, at) +
          r.pick(['"', '{', '}', ',', '[', '\\', '\u0000', '\ud800', '../', '/etc/passwd', '..\\', 'C:', '.safetensors', '\n']) +
          index.slice(at),
        () =>
          index.replace(
            'model-0',
            r.pick(['../model-0', '.', '', '.hidden', 'a/b', 'a\\b', 'c:x', '\u0000', 'model-0\n', 'x'.repeat(5000), '..', '%2e%2e', '~']),
          ),
        () => index.replace('weight_map', 'weight_maps'),
        () => index.replace(/"model[^"]*"/, r.pick(['1', 'null', '[]', '{}', '""'])),
        () => `{"weight_map":${'{"a":'.repeat(30000)}1${'}'.repeat(30000)}}`,
        () => `{"weight_map": {"__proto__": "model-0.safetensors", "a": "model-0.safetensors"}}`,
        () => `{"weight_map":{},"weight_map":{"x":"model-0.safetensors"}}`,
      ])();
    }
  label(`shards ${index.slice(0, 800)}`);
  const asked = [];
  try {
    const o = await openShards(index, (name) => {
      asked.push(name);
      const f = files.get(name);
      if (f === undefined) {
        const e = new Error(`ENOENT ${name}`);
        e.hostile = true;
        throw e;
      }
      return new Blob([f.bytes]);
    });
    if (ok) {
      const want = Object.keys(map).sort();
      if (JSON.stringify([...o.tensors.keys()].sort()) !== JSON.stringify(want))
        find({ severity: 'high', kind: 'shards: other names', input: index, expected: want, got: [...o.tensors.keys()] });
    }
    for (const [name, e] of o.tensors) {
      const v = (await e.read()).values();
      const i = files.get(map[name])?.infos.find((x) => x.name === name);
      if (ok && i) {
        const w = valuesOf(i.dtype, i.data, i.n);
        if ([...v].some((x, k) => !same(x, w[k]) && !same(w[k], x)))
          find({ severity: 'high', kind: 'shards: other values', input: index, expected: shown(w), got: shown([...v].map(String)) });
      }
    }
  } catch (e) {
    const f = faultOfError(e);
    if (ok && Object.keys(map).length > 0)
      find({
        severity: 'medium',
        kind: 'shards refused',
        signature: `shards refused:${e.message.slice(0, 40)}`,
        input: index,
        expected: 'tensors',
        got: e.message,
      });
    else if (f)
      find({
        severity: f.severity,
        kind: `shards: ${f.kind}`,
        signature: `shards:${f.kind}:${f.text.slice(0, 40)}`,
        input: index.slice(0, 1500),
        expected: 'an error of ours',
        got: `${f.text} ${f.frame}`,
      });
  }
  for (const name of asked)
    if (/[/\\:]|^\./.test(name) || !name.endsWith('.safetensors'))
      find({ severity: 'high', kind: 'shards: openFile got a path', input: index, expected: 'a plain name', got: name });
  for (const name of asked)
    if ([...name].some((each) => each < ' ' || each === '\u007f'))
      find({
        severity: 'low',
        kind: 'shards: openFile got control characters',
        input: index,
        expected: 'a plain name',
        got: JSON.stringify(name.slice(0, 60)),
      });
}
