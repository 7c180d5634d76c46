import { bits, dtypes, fileOf } from './encoding.mjs';

export const rand = (r, n) => Uint8Array.from({ length: n }, () => r.int(0, 255));

const nameOf = (r) =>
  r.pick([
    'w',
    'weight',
    'a.b',
    '',
    '__proto__',
    'constructor',
    'x y',
    '日本',
    'e\u0301',
    '\u0000',
    'toString',
    'n'.repeat(r.log(1, 400)),
    String(r.int(0, 99)),
    'parameters.w',
    '"q"',
    '\\',
  ]);

/** A file, right by the format, and what it holds. */
export function right(r) {
  const names = [...new Set(r.list(0, 6, () => nameOf(r)))];
  let at = 0;
  const parts = [];
  const infos = [];
  for (const name of names) {
    const dtype = r.pick(dtypes);
    const shape = r.list(0, r.chance(0.05) ? 12 : 4, () => r.int(0, 4));
    if (bits[dtype] < 8) shape.push(4);
    const n = shape.reduce((a, b) => a * b, 1);
    const size = (n * bits[dtype]) / 8;
    let data = rand(r, size);
    if (dtype === 'BOOL') data = data.map((b) => b & 1);
    infos.push({ name, dtype, shape, n, begin: at, end: at + size, data });
    parts.push(data);
    at += size;
  }
  const order = r.chance(0.5) ? infos : r.shuffled(infos);
  const meta = r.chance(0.4) ? Object.fromEntries(r.list(0, 3, () => [nameOf(r), r.pick(['', 'x', 'é', '{}'])])) : undefined;
  const blank = () => (r.chance(0.1) ? r.pick([' ', '\n', '\t ', '  ']) : '');
  const q = (s) =>
    r.chance(0.1)
      ? `"${[...s].map((c) => (c.length === 1 && r.chance(0.5) ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : JSON.stringify(c).slice(1, -1))).join('')}"`
      : JSON.stringify(s);
  const members = order.map((i) => {
    const f = r.shuffled([
      `"dtype":${blank()}"${i.dtype}"`,
      `"shape":[${i.shape.join(`,${blank()}`)}]`,
      `"data_offsets":[${i.begin},${blank()}${i.end}]`,
    ]);
    return `${q(i.name)}${blank()}:${blank()}{${f.join(`,${blank()}`)}}`;
  });
  if (meta !== undefined)
    members.splice(
      r.int(0, members.length),
      0,
      `"__metadata__":{${Object.entries(meta)
        .map(([k, v]) => `${q(k)}:${q(v)}`)
        .join(',')}}`,
    );
  const header = `{${blank()}${members.join(`${blank()},`)}${blank()}}${' '.repeat(r.pick([0, 0, 1, 7, 100]))}`;
  return { bytes: fileOf(header, Buffer.concat(parts)), header, infos, meta, data: Buffer.concat(parts) };
}

export const offsetView = (r, bytes) => {
  switch (r.int(0, 4)) {
    case 0:
      return bytes;
    case 1:
      return Buffer.from(bytes);
    case 2: {
      const big = new Uint8Array(bytes.length + 9);
      const o = r.int(0, 8);
      big.set(bytes, o);
      return big.subarray(o, o + bytes.length);
    }
    case 3:
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    default: {
      const s = new Uint8Array(new SharedArrayBuffer(bytes.length));
      s.set(bytes);
      return s;
    }
  }
};
