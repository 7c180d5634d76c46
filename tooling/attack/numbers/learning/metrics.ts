import * as R from '@longspan/training';
import type { Case } from '../case.ts';
import type { Loose } from '../loose.ts';

/** Metrics added up in pieces, against their definition over the whole. */
export async function metrics(c: Case): Promise<void> {
  const r = c.rng;
  const kind = r.pick(['class', 'ap', 'iou', 'loss', 'rank', 'answers']);
  c.note({ kind });
  const near = (what: string, got: number, want: number) => {
    if (Number.isNaN(want) ? !Number.isNaN(got) : !(Math.abs(got - want) <= 1e-9 * (1 + Math.abs(want))))
      c.report('high', what, { expected: want, got });
  };
  const cuts = (n: number) => {
    const out: [number, number][] = [];
    let at = 0;
    while (at < n) {
      const e = Math.min(n, at + r.int(0, Math.max(1, n)));
      if (e > at || r.chance(0.2)) out.push([at, e]);
      at = e;
    }
    return out;
  };
  if (kind === 'class' || kind === 'iou') {
    const K = r.int(1, 6);
    const n = r.int(0, 60);
    const labels = Array.from({ length: n }, () => r.int(0, K - 1));
    const predictions = labels.map((l) => (r.chance(0.5) ? l : r.int(0, K - 1)));
    const mask = r.chance(0.4) ? labels.map(() => +r.chance(0.8)) : undefined;
    const on = (i: number) => !mask || mask[i] === 1;
    c.note({ K, labels, predictions, mask });
    const acc = R.accuracy();
    const rep = R.classificationReport({ classes: K });
    const iou = R.meanIoU({ classes: K });
    for (const [a, b] of cuts(n)) {
      const batch = { labels: labels.slice(a, b), predictions: predictions.slice(a, b), ...(mask ? { mask: mask.slice(a, b) } : {}) };
      acc.add(batch);
      rep.add(batch);
      iou.add(batch);
    }
    const used = labels.map((_, i) => i).filter(on);
    near('accuracy', acc.value(), used.length === 0 ? NaN : used.filter((i) => labels[i] === predictions[i]).length / used.length);
    const v = rep.value();
    const ps: number[] = [];
    const rs: number[] = [];
    const fs: number[] = [];
    const ious: number[] = [];
    for (let k = 0; k < K; k++) {
      const tp = used.filter((i) => labels[i] === k && predictions[i] === k).length;
      const pp = used.filter((i) => predictions[i] === k).length;
      const lp = used.filter((i) => labels[i] === k).length;
      const p = pp ? tp / pp : 0;
      const q = lp ? tp / lp : 0;
      ps.push(p);
      rs.push(q);
      fs.push(pp + lp ? (2 * tp) / (pp + lp) : 0);
      if (pp + lp > 0) ious.push(tp / (pp + lp - tp));
      if (used.length > 0) {
        near('classificationReport: precision', v.perClass[k]!.precision, p);
        near('classificationReport: recall', v.perClass[k]!.recall, q);
        near('classificationReport: f1', v.perClass[k]!.f1, fs[k]!);
      }
    }
    const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    if (used.length > 0) {
      near('macroPrecision', v.macroPrecision, mean(ps));
      near('macroRecall', v.macroRecall, mean(rs));
      near('macroF1', v.macroF1, mean(fs));
      near('meanIoU', iou.value(), mean(ious));
    } else {
      near('meanIoU of nothing', iou.value(), NaN);
      near('report of nothing', v.accuracy, NaN);
    }
  } else if (kind === 'ap') {
    const n = r.int(0, 50);
    const labels = Array.from({ length: n }, () => +r.chance(0.3));
    const scores = labels.map((l) => (r.chance(0.5) ? r.int(0, 4) / 4 : r.normal() + l));
    c.note({ labels, scores });
    const m = R.averagePrecision();
    for (const [a, b] of cuts(n)) m.add({ labels: labels.slice(a, b), scores: scores.slice(a, b) });
    const P = labels.reduce((a, b) => a + b, 0);
    let ap = 0;
    let prev = 0;
    for (const t of [...new Set(scores)].sort((a, b) => b - a)) {
      const sel = scores.map((s, i) => (s >= t ? i : -1)).filter((i) => i >= 0);
      const tp = sel.filter((i) => labels[i] === 1).length;
      ap += (tp / P - prev) * (tp / sel.length);
      prev = tp / P;
    }
    near('averagePrecision', m.value(), P === 0 ? NaN : ap);
  } else if (kind === 'loss') {
    const n = r.int(0, 40);
    const losses = Array.from({ length: n }, () => Math.abs(r.normal()) * 3);
    const mask = r.chance(0.4) ? losses.map(() => +r.chance(0.7)) : undefined;
    const text = r.pick(['', 'a b  c\n d', 'é! ü 日本 x', '👍🏽 ok  ', ' lead', 'tab\tnew\r\nx', 'a\u00a0b']);
    c.note({ losses, mask, text });
    const used = losses.filter((_, i) => !mask || mask[i]);
    const sum = used.reduce((a, b) => a + b, 0);
    const p = R.perplexity();
    const batch = { losses, ...(mask ? { mask } : {}) };
    p.add(batch);
    near('perplexity', p.value(), used.length === 0 ? NaN : Math.exp(sum / used.length));
    const bytes = new TextEncoder().encode(text).length;
    const chars = [...text].length;
    const b = R.bitsPerByte();
    b.add({ ...batch, text } as Loose);
    const cc = R.bitsPerCharacter();
    cc.add({ ...batch, text } as Loose);
    if (bytes > 0) {
      near('bitsPerByte', b.value(), sum / Math.LN2 / bytes);
      near('bitsPerCharacter', cc.value(), sum / Math.LN2 / chars);
    }
    const words = text.split(/\s+/).filter((w) => w !== '').length;
    if (words > 0) {
      const wp = R.wordPerplexity();
      wp.add({ ...batch, text } as Loose);
      near('wordPerplexity', wp.value(), Math.exp(sum / words));
    }
  } else if (kind === 'rank') {
    const Q = r.int(0, 6);
    const docs = r.int(1, 12);
    const k = r.int(1, docs + 2);
    const rankings = Array.from({ length: Q }, () => r.shuffled(Array.from({ length: docs }, (_, i) => i)).slice(0, r.int(0, docs)));
    const relevant = rankings.map(() => r.shuffled(r.subset(docs, 0.3)));
    const gains = relevant.map((x) => x.map(() => r.int(0, 3)));
    const graded = r.chance();
    c.note({ rankings, relevant, gains: graded ? gains : undefined, k });
    const whole = { rankings, relevant };
    const mean = (x: number[]) => (x.length === 0 ? NaN : x.reduce((a, b) => a + b, 0) / x.length);
    const go = (m: Loose, b: Loose) => {
      for (const [a, e] of cuts(Q)) m.add(Object.fromEntries(Object.entries(b).map(([n, v]) => [n, (v as Loose[]).slice(a, e)])));
      return m.value();
    };
    near('hitsAtK', go(R.hitsAtK({ k }), whole), mean(rankings.map((x, i) => +x.slice(0, k).some((d) => relevant[i]!.includes(d)))));
    near(
      'recallAtK',
      go(R.recallAtK({ k }), whole),
      mean(
        rankings.map((x, i) =>
          relevant[i]!.length === 0 ? 0 : x.slice(0, k).filter((d) => relevant[i]!.includes(d)).length / relevant[i]!.length,
        ),
      ),
    );
    const withK = r.chance();
    const cut = withK ? k : 1e9;
    near(
      'meanReciprocalRank',
      go(R.meanReciprocalRank(withK ? { k } : {}), whole),
      mean(
        rankings.map((x, i) => {
          const at = x.slice(0, cut).findIndex((d) => relevant[i]!.includes(d));
          return at < 0 ? 0 : 1 / (at + 1);
        }),
      ),
    );
    near(
      'ndcg',
      go(R.ndcg(withK ? { k } : {}), graded ? { ...whole, gains } : whole),
      mean(
        rankings.map((x, i) => {
          const gain = new Map(relevant[i]!.map((d, j) => [d, graded ? gains[i]![j]! : 1]));
          const dcg = x.slice(0, cut).reduce((a, d, j) => a + (gain.get(d) ?? 0) / Math.log2(j + 2), 0);
          const best = [...gain.values()]
            .sort((a, b) => b - a)
            .slice(0, cut)
            .reduce((a, g, j) => a + g / Math.log2(j + 2), 0);
          return best === 0 ? 0 : dcg / best;
        }),
      ),
    );
  } else {
    const words = ['the', 'a', 'An', 'cat', 'Cat!', 'dog', 'U.S.', '', 'well-known', '«x»', 'theory', '1,000'];
    const phrase = () => Array.from({ length: r.int(0, 4) }, () => r.pick(words)).join(r.pick([' ', '  ', '\n']));
    const norm = (s: string) =>
      s
        .toLowerCase()
        .replace(/[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g, '')
        .replace(/\b(a|an|the)\b/g, ' ')
        .split(/\s+/)
        .filter((w) => w !== '')
        .join(' ');
    const n = r.int(1, 5);
    const predictions = Array.from({ length: n }, phrase);
    const answers = predictions.map((p) => Array.from({ length: r.int(0, 3) }, () => (r.chance(0.3) ? p : phrase())));
    c.note({ predictions, answers });
    const m = R.answerScores();
    m.add({ predictions, answers });
    let em = 0;
    let f = 0;
    predictions.forEach((p, i) => {
      let golds = answers[i]!.filter((a) => norm(a) !== '');
      if (golds.length === 0) golds = [''];
      em += Math.max(...golds.map((g) => +(norm(g) === norm(p)))) / n;
      f +=
        Math.max(
          ...golds.map((g) => {
            const a = norm(g)
              .split(' ')
              .filter((w) => w);
            const b = norm(p)
              .split(' ')
              .filter((w) => w);
            if (a.length === 0 || b.length === 0) return +(a.length === b.length);
            const left = [...a];
            let same = 0;
            for (const w of b) {
              const at = left.indexOf(w);
              if (at >= 0) {
                same++;
                left.splice(at, 1);
              }
            }
            if (same === 0) return 0;
            const pr = same / b.length;
            const rc = same / a.length;
            return (2 * pr * rc) / (pr + rc);
          }),
        ) / n;
    });
    near('answerScores: exactMatch', m.value().exactMatch, em);
    near('answerScores: f1', m.value().f1, f);
    for (const p of predictions)
      if (R.normalizeAnswer(p) !== norm(p)) c.report('high', 'normalizeAnswer', { text: p, expected: norm(p), got: R.normalizeAnswer(p) });
  }
}
