import { segmentText } from '@longspan/hierarchical';

/** Long texts in bounded time. */
export async function big(r, { find, label }) {
  const c = r.pick([
    'a',
    '\n',
    '\r\n',
    ' ',
    '.',
    '\u0301',
    '\ud800',
    '你',
    'ก',
    '👍',
    '\u200b',
    '\u2029',
    '#',
    '# ',
    'a\n',
    '\u00ad',
    '"',
    'A',
    '1',
    '\t\n',
    '= ',
    '-',
    'က',
    '\u0000',
  ]);
  const n = 2e6;
  const t = c.repeat(n / c.length);
  label(`big ${JSON.stringify(c)}`);
  const s = process.cpuUsage();
  let u;
  try {
    u = segmentText(t, { locale: r.pick(['en', 'th', 'ja']) });
  } catch (e) {
    return find({
      severity: 'medium',
      kind: 'segmentText of 2 MB throws',
      signature: `big:${c}`,
      input: JSON.stringify(c),
      expected: 'units',
      got: String(e?.stack ?? e).slice(0, 500),
    });
  }
  const used = process.cpuUsage(s);
  const seconds = (used.user + used.system) / 1e6;
  if (u.words.offsets[u.words.count] !== t.length)
    find({
      severity: 'high',
      kind: 'big text is not covered',
      input: JSON.stringify(c),
      expected: t.length,
      got: u.words.offsets[u.words.count],
    });
  if (seconds > 25)
    find({
      severity: 'medium',
      kind: 'segmentText of 2 MB of one character',
      signature: `big slow:${JSON.stringify(c)}`,
      input: JSON.stringify(c),
      expected: 'some seconds',
      got: `${seconds.toFixed(1)} s`,
    });
}
