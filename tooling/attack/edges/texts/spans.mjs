import { segmentText, textLevels, unitTexts } from '@longspan/hierarchical';
import { shown } from '../../shown.ts';
import { faultOfError } from '../fault-of-error.mjs';
import { locales, text } from './draw.mjs';

/** What segmentText says of words that a dictionary tells, beside a thousand characters without a break. */
const isOfDictionary = (text) =>
  /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Katakana}\p{Script=Hiragana}\p{Script=Han}]/u.test(text);
const hasLong = (ends) => ends.some((end, at) => end - (ends[at - 1] ?? 0) > 890);

const levels = ['words', 'sentences', 'paragraphs', 'sections'];

const isBlank = (t) => t.trim() === '';

// Our reading: a paragraph ends at blank lines; a line end is CR LF, or one of LF, CR, LS; PS ends one by itself.
function paragraphsOf(t) {
  const ends = [];
  const hasInk = (a, b) => t.slice(a, b).trim() !== '';
  for (const run of t.matchAll(/\s+/g)) {
    const lines = run[0].match(/\r\n|[\n\r\u2028\u2029]/g) ?? [];
    if (lines.length < 2 && !lines.includes('\u2029')) continue;
    if (hasInk(ends.at(-1) ?? 0, run.index)) ends.push(run.index + run[0].length);
  }
  if (ends.length === 0 || hasInk(ends.at(-1), t.length)) ends.push(t.length);
  else ends[ends.length - 1] = t.length;
  return ends;
}

/** Words, sentences, paragraphs and sections of a text: they cover it, lie within each other and end where the docs say. */
export function spans(r, { find, label }) {
  const t = text(r);
  const locale = r.chance(0.7) ? r.pick(locales) : 'en';
  const plain = r.chance(0.6);
  label(`spans ${JSON.stringify(t).slice(0, 1500)}`);
  const input = `segmentText(${JSON.stringify(t).slice(0, 1800)}, { locale: '${locale}'${plain ? ', heading: () => false' : ''} })`;
  let s;
  try {
    s = segmentText(t, { locale, ...(plain ? { heading: () => false } : {}) });
  } catch (e) {
    const f = faultOfError(e);
    return find({
      severity: f ? 'medium' : 'unclear',
      kind: 'segmentText throws',
      signature: `throws:${(f?.text ?? e.message).slice(0, 60)}`,
      input,
      expected: 'units',
      got: f ? `${f.text} ${f.frame}` : e.message,
    });
  }
  const bad = (kind, severity, expected, got) =>
    find({ severity, kind, signature: /begins with white space/.test(kind) ? 'begins with white space' : kind, input, expected, got });
  for (const [at, level] of levels.entries()) {
    const { offsets: o, count: c } = s[level];
    if (o.length !== c + 1 || o[0] !== 0 || o[c] !== t.length || (t !== '' && o.some((x, i) => i > 0 && x <= o[i - 1]))) {
      bad(`${level} do not cover the text`, 'high', 'ascending from 0 to the end', [...o].slice(0, 40));
      continue;
    }
    if (unitTexts(s, s[level]).join('') !== t) bad(`${level}: texts do not join`, 'high', 'the text', 'another');
    if (at > 0) {
      const below = new Set(s[levels[at - 1]].offsets);
      const lost = [...o].filter((x) => !below.has(x));
      if (lost.length) bad(`${level} cut units below`, 'high', 'ends of units below', lost.slice(0, 5));
    }
    for (let u = 0; u < c; u++) {
      const unit = t.slice(o[u], o[u + 1]);
      if (c > 1 && isBlank(unit)) {
        bad(`${level}: a unit of white space alone`, 'low', 'white space belongs to the unit before it', JSON.stringify(unit));
        break;
      }
      if (u > 0 && /^\s+[^\s\p{M}\p{Cf}]/u.test(unit)) {
        bad(
          `${level}: a unit begins with white space`,
          'unclear',
          'white space belongs to the unit before it',
          `${JSON.stringify(unit.slice(0, 40))} at ${o[u]}`,
        );
        break;
      }
    }
    for (let u = 1; u < c; u++) {
      const at = o[u];
      if (/[\ud800-\udbff]/.test(t[at - 1]) && /[\udc00-\udfff]/.test(t[at] ?? '')) {
        bad(`${level} cut a surrogate pair`, 'high', 'whole characters', at);
        break;
      }
    }
  }
  if (plain) {
    const [e, g] = [paragraphsOf(t), [...s.paragraphs.offsets].slice(1)];
    if (JSON.stringify(e) !== JSON.stringify(g)) {
      const at = e.findIndex((x, i) => x !== g[i]);
      const near = Math.min(e[at] ?? t.length, g[at] ?? t.length);
      bad(
        /\r\n/.test(t.slice(Math.max(0, near - 3), near + 3)) ? 'paragraphs end at a single CR LF' : 'paragraphs end elsewhere',
        /\r\n/.test(t.slice(Math.max(0, near - 3), near + 3)) ? 'high' : 'unclear',
        e.slice(Math.max(0, at - 2), at + 5),
        `${g.slice(Math.max(0, at - 2), at + 5)} around ${JSON.stringify(t.slice(Math.max(0, near - 20), near + 20))}`,
      );
    }
  }
  // words and sentences: those of Intl.Segmenter over the whole paragraph
  if (t.length < 3000) {
    const by = (g) => new Intl.Segmenter(locale, { granularity: g });
    const merged = (from, to, seg) => {
      const ends = [];
      let leading = true;
      for (const { segment, index } of seg.segment(t.slice(from, to))) {
        const b = isBlank(segment);
        if (!b && !leading) ends.push(from + index);
        leading = leading && b;
      }
      ends.push(to);
      return ends;
    };
    const sentences = [];
    const ws = [];
    const po = s.paragraphs.offsets;
    const [sw, ss] = [by('word'), by('sentence')];
    for (let p = 0; p < s.paragraphs.count; p++)
      for (const e of merged(po[p], po[p + 1], ss)) {
        for (const w of merged(sentences.at(-1) ?? 0, e, sw)) ws.push(w);
        sentences.push(e);
      }
    const so = [...s.sentences.offsets].slice(1),
      wo = [...s.words.offsets].slice(1);
    if (t !== '' && JSON.stringify(sentences) !== JSON.stringify(so)) {
      const at = sentences.findIndex((x, i) => x !== so[i]);
      bad(
        'sentences differ from Intl.Segmenter',
        'medium',
        sentences.slice(Math.max(0, at - 1), at + 4),
        `${so.slice(Math.max(0, at - 1), at + 4)} near ${JSON.stringify(t.slice(Math.max(0, (sentences[at] ?? 0) - 30), (sentences[at] ?? 0) + 30))}`,
      );
    } else if (t !== '' && JSON.stringify(ws) !== JSON.stringify(wo) && !(isOfDictionary(t) && hasLong(ws))) {
      const at = ws.findIndex((x, i) => x !== wo[i]);
      bad(
        'words differ from Intl.Segmenter',
        'medium',
        ws.slice(Math.max(0, at - 1), at + 4),
        `${wo.slice(Math.max(0, at - 1), at + 4)} near ${JSON.stringify(t.slice(Math.max(0, (ws[at] ?? 0) - 30), (ws[at] ?? 0) + 30))}`,
      );
    }
  }
  // levels from character spans of a tokenizer
  if (t.length > 0) {
    const cuts = [...new Set(r.list(1, 30, () => r.int(0, t.length)))].sort((a, b) => a - b);
    const tokens = [];
    for (let i = 1; i < cuts.length; i++) if (r.chance(0.9)) tokens.push({ start: cuts[i - 1], end: cuts[i] });
    const chosen = levels.map((l) => l.slice(0, -1)).filter(() => r.chance(0.6));
    try {
      const found = textLevels(s, { spans: tokens, ...(chosen.length ? { levels: chosen } : {}) });
      const known = JSON.stringify(found);
      if (known.length === 0) bad('textLevels', 'low', '', '');
    } catch (e) {
      const f = faultOfError(e);
      if (f) bad(`textLevels: ${f.kind}`, 'medium', `levels of ${shown(tokens, 200)} ${chosen}`, `${f.text} ${f.frame}`);
    }
  }
}
