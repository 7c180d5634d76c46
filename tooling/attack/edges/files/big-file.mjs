import { readSafetensors } from '@longspan/core-tensor';
import { faultOfError } from '../fault-of-error.mjs';
import { fileOf } from './encoding.mjs';

/** Headers of many megabytes: bounded time and memory. */
export async function bigFile(r, { find, label }) {
  const n = r.pick([20000, 99999, 100001, 300000]);
  const what = r.pick(['empty tensors', 'metadata', 'one long entry', 'long names', 'deep', 'spaces', 'escapes']);
  const item = (i) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`;
  const h =
    what === 'empty tensors'
      ? `{${Array.from({ length: n }, (_, i) => item(i)).join(',')}}`
      : what === 'metadata'
        ? `{"__metadata__":{${Array.from({ length: n }, (_, i) => `"k${i}":"v"`).join(',')}}}`
        : what === 'one long entry'
          ? `{"a":{"dtype":"F32","shape":[${'0,'.repeat(n)}0],"data_offsets":[0,0]}}`
          : what === 'long names'
            ? `{"${'x'.repeat(n * 20)}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"${'x'.repeat(n * 20)}":1}`
            : what === 'deep'
              ? `{"a":${'['.repeat(n)}${']'.repeat(n)}}`
              : what === 'spaces'
                ? `{${' '.repeat(n * 50)}}`
                : `{"${'\\u0041'.repeat(n)}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`;
  const bytes = fileOf(h, new Uint8Array());
  label(`big ${what} ${n}`);
  const before = process.memoryUsage().rss;
  const s = process.cpuUsage();
  let e;
  try {
    readSafetensors(bytes);
  } catch (error) {
    e = error;
  }
  const u = process.cpuUsage(s);
  const seconds = (u.user + u.system) / 1e6;
  const grown = process.memoryUsage().rss - before;
  if (e !== undefined) {
    const f = faultOfError(e);
    if (f)
      find({
        severity: f.severity,
        kind: `big header: ${f.kind}`,
        signature: `big:${what}:${f.kind}`,
        input: `${what} ${n}`,
        expected: 'a FileError',
        got: `${f.text} ${f.frame}`,
      });
  }
  if (seconds > 2 + bytes.length * 0.3e-6)
    find({
      severity: 'medium',
      kind: 'big header is slow',
      signature: `big slow:${what}`,
      input: `${what} ${n}, ${bytes.length} bytes`,
      expected: 'linear',
      got: `${seconds.toFixed(1)} s`,
    });
  if (grown > 100e6 + 20 * bytes.length)
    find({
      severity: 'medium',
      kind: 'big header takes memory',
      signature: `big memory:${what}`,
      input: `${what} ${n}, ${bytes.length} bytes`,
      expected: 'a few times the file',
      got: `${(grown / 1e6).toFixed(0)} MB`,
    });
}
