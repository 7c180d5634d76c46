import { shown } from '../../shown.ts';
import { check } from './check.mjs';
import { fileOf } from './encoding.mjs';
import { offsetView, rand, right } from './right.mjs';

/** Right files, damaged files, and files with odd headers. */
export async function safetensors(r, { find, label }) {
  const f = right(r);
  let bytes = f.bytes;
  let input = shown(f.header, 1200);
  if (r.chance(0.4)) {
    label(`right ${input}`);
    return check(offsetView(r, bytes), r, find, input, f.infos, f.meta);
  }
  if (r.chance(0.5)) {
    for (let i = r.int(1, 4); i > 0; i--) {
      const b = Buffer.from(bytes);
      const at = r.chance(0.7) ? r.int(0, Math.min(b.length - 1, 8 + f.header.length)) : r.int(0, Math.max(0, b.length - 1));
      const how = r.int(0, 3);
      bytes =
        how === 0
          ? b.subarray(0, at)
          : how === 1
            ? Buffer.concat([b.subarray(0, at), rand(r, r.int(1, 9)), b.subarray(at)])
            : how === 2
              ? Buffer.concat([b.subarray(0, at), b.subarray(Math.min(b.length, at + r.int(1, 9)))])
              : Buffer.concat([b.subarray(0, at), Buffer.from([r.int(0, 255)]), b.subarray(at + 1)]);
      if (bytes.length === 0) break;
    }
    input = `damaged ${Buffer.from(bytes).toString('base64').slice(0, 1500)}`;
  } else {
    // Header rewritten with odd JSON.
    const swaps = [
      [/"shape":\[/, '"shape":[1,'],
      [/"shape":\[/, '"shape":[9007199254740993,'],
      [/"shape":\[[^\]]*\]/, '"shape":[1e0]'],
      [/"shape":\[[^\]]*\]/, '"shape":[-1]'],
      [/"shape":\[[^\]]*\]/, '"shape":[[1]]'],
      [/"shape":\[[^\]]*\]/, `"shape":${'['.repeat(20000)}${']'.repeat(20000)}`],
      [/"shape":\[[^\]]*\]/, `"shape":[${'0,'.repeat(40000)}0]`],
      [/"data_offsets":\[/, '"data_offsets":[0,'],
      [/"data_offsets":\[[^\]]*\]/, '"data_offsets":[0,18446744073709551615]'],
      [/"data_offsets":\[[^\]]*\]/, '"data_offsets":[5,3]'],
      [/"dtype":\s*"[^"]*"/, '"dtype":"F128"'],
      [/"dtype":\s*"[^"]*"/, '"dtype":"__proto__"'],
      [/"dtype":\s*"[^"]*"/, '"dtype":"toString"'],
      [/"dtype":\s*"[^"]*"/, '"dtype":null'],
      [/"dtype":\s*"[^"]*"/, '"dtype":["F32"]'],
      [/\{/, '{"__proto__":{"polluted":1},'],
      [/\{/, '{"__metadata__":{"a":1},'],
      [/\{/, '{"__metadata__":"x",'],
      [/\{/, '{"__metadata__":{"__proto__":"x"},'],
      [/\{/, '{"a":1,'],
      [/\{/, '{"\\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'],
      [/\}\s*$/, '},"'],
      [/\}\s*$/, '}}'],
      [/\}\s*$/, ',}'],
      [/:/, '::'],
      [/^\{/, '[{'],
      [/^\{/, '\ufeff{'],
      [/"dtype"/, '"dtype":"F32","dtype"'],
      [/"shape"/, '"extra":{"deep":[[{}]]},"shape"'],
      [/"/, "'"],
      [/\{/, `{${Array.from({ length: 3000 }, (_, i) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join(',')},`],
      [/\{/, `{"${'\\u0000'.repeat(3000)}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},`],
      [/\{/, `{"__metadata__":{${Array.from({ length: 3000 }, (_, i) => `"k${i}":"v"`).join(',')}},`],
    ];
    let h = f.header;
    for (let i = r.int(1, 2); i > 0; i--) h = h.replace(...r.pick(swaps));
    bytes = fileOf(h, f.data);
    input = `header ${shown(h, 1500)}`;
    if (r.chance(0.1))
      new DataView(bytes.buffer).setBigUint64(
        0,
        r.pick([0n, 1n, 2n ** 63n, 100000001n, BigInt(bytes.length), BigInt(bytes.length - 7), 2n ** 64n - 1n]),
        true,
      );
  }
  label(input);
  const s = process.cpuUsage();
  await check(offsetView(r, Uint8Array.from(bytes)), r, find, input);
  const u = process.cpuUsage(s);
  if (u.user > 3e6)
    find({ severity: 'medium', kind: 'slow file', input, expected: 'under 3 s', got: `${u.user / 1e6} s for ${bytes.length} bytes` });
}
