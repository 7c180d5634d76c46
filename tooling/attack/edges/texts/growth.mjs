import { isHeading, segmentText } from '@longspan/hierarchical';
import { byteTokens, normalizeAnswer, wordVocabulary } from '@longspan/training';
import { fixed, locales, text, word } from './draw.mjs';

/** Processor time at n, 2n and 4n characters. */
export async function growth(r, { find, label }) {
  const piece = r.chance(0.5)
    ? text(r, 6).slice(0, 60) || 'a'
    : r.pick([
        r.pick(fixed),
        word(r).slice(0, 4),
        `${r.pick(fixed)}${r.pick(fixed)}`,
        `a${r.pick(fixed).repeat(r.int(1, 300))}`,
        `${r.pick(fixed).repeat(r.int(1, 2000))}x`,
        `${word(r)} ${r.pick(fixed)}`,
      ]);
  const locale = r.pick(locales);
  label(`growth ${JSON.stringify(piece).slice(0, 1000)} ${locale}`);
  const works = {
    segmentText: (t) => segmentText(t, { locale }),
    isHeading: (t) => isHeading(t),
    byteTokens: async (t) => {
      for await (const _ of byteTokens([t.slice(0, 7), t.slice(7)]));
    },
    wordVocabulary: (t) =>
      wordVocabulary(Array.from({ length: 64 }, (_, i) => t.slice(Math.floor((i * t.length) / 64), Math.floor(((i + 1) * t.length) / 64)))),
    normalizeAnswer: (t) => normalizeAnswer(t),
  };
  const name = r.chance(0.7) ? 'segmentText' : r.pick(Object.keys(works));
  const base = name === 'segmentText' ? 8000 : 60000;
  const make = (n) => piece.repeat(Math.ceil(n / piece.length)).slice(0, n);
  const time = async (n) => {
    const t = make(n);
    const s = process.cpuUsage();
    await works[name](t);
    const u = process.cpuUsage(s);
    return (u.user + u.system) / 1e6;
  };
  await time(500);
  const [a, b] = [await time(base), await time(4 * base)];
  if (b > 0.4 && b > 9 * a) {
    const [c, d] = [await time(base), await time(8 * base)];
    if (d > 20 * Math.min(a, c) && d > 1)
      find({
        severity: 'medium',
        kind: `${name} grows faster than the text`,
        signature: `growth:${name}`,
        input: `${JSON.stringify(piece).slice(0, 500)} repeated, locale ${locale}`,
        expected: `8 times ${a.toFixed(2)} s`,
        got: `${base} characters ${a.toFixed(2)} s, ${4 * base}: ${b.toFixed(2)} s, ${8 * base}: ${d.toFixed(2)} s`,
      });
  } else if (b > 4 * base * 40e-6)
    find({
      severity: 'unclear',
      kind: `${name} is slow for a character`,
      signature: `slow:${name}`,
      input: `${JSON.stringify(piece).slice(0, 500)} repeated, locale ${locale}`,
      expected: 'under 40 µs for each',
      got: `${4 * base} characters ${b.toFixed(2)} s`,
    });
}
