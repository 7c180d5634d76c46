import { byteTokens, segments, wordTokens, wordVocabulary } from '@longspan/training';
import { shown } from '../../shown.ts';
import { text } from './draw.mjs';

/** Bytes and words there and back, normalised answers, tracks and segments. */
export async function tokens(r, { find, label }) {
  const t = text(r, 80);
  label(`tokens ${JSON.stringify(t).slice(0, 1500)}`);
  const bytes = new TextEncoder().encode(t);
  const cut = (whole, slice) => {
    const at = [0, ...r.list(0, 12, () => r.int(0, whole.length)).sort((a, b) => a - b), whole.length];
    return at.slice(1).map((e, i) => slice(at[i], e));
  };
  const forms = {
    text: () => t,
    pieces: () => cut(t, (a, b) => t.slice(a, b)),
    bytes: () => bytes,
    'byte pieces': () => cut(bytes, (a, b) => bytes.slice(a, b)),
    stream: () =>
      new ReadableStream({
        start(c) {
          for (const p of cut(bytes, (a, b) => bytes.slice(a, b))) c.enqueue(p);
          c.close();
        },
      }),
    blob: () => new Blob([bytes]),
    buffer: () => Buffer.from(bytes),
    'async pieces': () =>
      (async function* () {
        yield* cut(t, (a, b) => t.slice(a, b));
      })(),
    mixed: () => {
      const m = r.int(0, t.length);
      const pair = /[\ud800-\udbff]/.test(t[m - 1] ?? '') && /[\udc00-\udfff]/.test(t[m] ?? '') ? m + 1 : m;
      return [t.slice(0, pair), new TextEncoder().encode(t.slice(pair))];
    },
  };
  const vocabularyOf = async (form) => (await wordVocabulary(forms[form](), {})).words;
  const naive = (() => {
    const c = new Map();
    const s = new TextDecoder().decode(bytes);
    for (const w of s.match(/[^\s]+|\n/g) ?? []) {
      const k = w === '\n' ? '<eos>' : w;
      c.set(k, (c.get(k) ?? 0) + 1);
    }
    c.delete('<unk>');
    c.delete('<eos>');
    return ['<unk>', '<eos>', ...[...c].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([w]) => w)];
  })();
  for (const form of r.shuffled(Object.keys(forms)).slice(0, 4)) {
    const got = [];
    for await (const p of byteTokens(forms[form]())) got.push(...p);
    const want = [...bytes];
    if (got.length !== want.length || got.some((x, i) => x !== want[i]))
      find({ severity: 'high', kind: `byteTokens of ${form}`, input: JSON.stringify(t), expected: shown(want, 300), got: shown(got, 300) });
    const words = await vocabularyOf(form);
    if (JSON.stringify(words) !== JSON.stringify(naive))
      find({
        severity: 'high',
        kind: `wordVocabulary of ${form}`,
        input: JSON.stringify(t),
        expected: shown(naive, 400),
        got: shown(words, 400),
      });
    const ids = [];
    for await (const p of wordTokens(forms[form](), { words: naive })) ids.push(...p);
    const map = new Map(naive.map((w, i) => [w, i]));
    const should = (new TextDecoder().decode(bytes).match(/[^\s]+|\n/g) ?? []).map((w) => map.get(w === '\n' ? '<eos>' : w) ?? 0);
    if (JSON.stringify(ids) !== JSON.stringify(should))
      find({
        severity: 'high',
        kind: `wordTokens of ${form}`,
        input: JSON.stringify(t),
        expected: shown(should, 300),
        got: shown(ids, 300),
      });
  }
  // segments against a plain definition
  const docs = r.list(0, 5, () => r.list(0, 20, () => r.int(0, 300)));
  const L = r.int(1, 7),
    B = r.int(1, 3),
    pos = r.int(0, 3);
  const rowsOf = async (documents, position) => {
    const all = [];
    for await (const b of segments(documents, { segmentLength: L, batch: B, position }))
      all.push({ ids: [...b.ids], targets: [...b.targets], starts: [...b.starts], position: b.position });
    return all;
  };
  const whole = await rowsOf(docs, 0),
    cutUp = await rowsOf(
      docs.map((d) => {
        const out = [];
        for (let i = 0; i < d.length; ) {
          const n = r.int(1, 4);
          out.push(Int32Array.from(d.slice(i, i + n)));
          i += n;
        }
        return d.length === 0 ? d : out;
      }),
      0,
    ),
    later = await rowsOf(docs, pos);
  if (JSON.stringify(whole) !== JSON.stringify(cutUp))
    find({
      severity: 'high',
      kind: 'segments depend on the cut of documents',
      input: JSON.stringify({ docs, L, B }),
      expected: shown(whole),
      got: shown(cutUp),
    });
  if (JSON.stringify(whole.slice(pos)) !== JSON.stringify(later))
    find({
      severity: 'high',
      kind: 'segments depend on position',
      input: JSON.stringify({ docs, L, B, pos }),
      expected: shown(whole.slice(pos)),
      got: shown(later),
    });
  const pairs = (d) => d.slice(0, -1).map((x, i) => `${x}>${d[i + 1]}`);
  const want = docs.flatMap(pairs).sort();
  const got = whole.flatMap((b) => b.ids.flatMap((x, i) => (b.targets[i] === -100 ? [] : [`${x}>${b.targets[i]}`]))).sort();
  if (JSON.stringify(want) !== JSON.stringify(got))
    find({
      severity: 'high',
      kind: 'segments lose or repeat pairs',
      input: JSON.stringify({ docs, L, B }),
      expected: shown(want),
      got: shown(got),
    });
}
