import { describe, expect, it } from 'vitest';
import { someResults } from '../../../test/some-results.ts';
import { headline } from './headline.ts';

describe('headline', () => {
  it('says first what dense and Longspan took on the text, in time and memory', () => {
    const [first] = headline(someResults());
    expect(first).toBe(
      'On the first 2,048 bytes of Moby-Dick, causal attention over a window of 256, 4 heads of 64: one forward pass takes stock tfjs (dense) ' +
        '2.44 s and 218 MB, Longspan 308 ms and 18.4 MB: 7.92 times less time, 11.8 times less memory.',
    );
  });

  it('says where dense stopped and how far Longspan went, then growth, checks and model', () => {
    expect(headline(someResults()).slice(1)).toEqual([
      'Forward and backward over 1,024 bytes, dense takes 3.00 s and 54.5 MB, Longspan 600 ms and 9.22 MB: 5.00 times less time, 5.92 times less memory.',
      'At 4,096 bytes dense is over its 6 s budget; Longspan runs 8,192 in 1.23 s and 73.7 MB, because it visits 3.9 % of the blocks.',
      'Time grows as n^2.00 for dense (1,024 to 2,048) and as n^1.00 for Longspan (1,024 to 8,192).',
      'All 1 mechanisms gave the numbers of plain reference code on this text, gradients included. The worst: backward of ' +
        'slidingWindow({ left: 70, right: 0 }).and(causal()), off by 2.2e-6, 2.0 % of what is allowed (1.0e-4 + 1.0e-4·|x|).',
      'A byte-level model with causal window attention, trained for 50.2 s on Moby-Dick, needs 3.05 bits per character on held-out chapters ' +
        '(unigram 4.46, bigram 3.52, gzip 3.24).',
    ]);
  });

  it('says how many packages were checked', () => {
    const { sweep: _, train: __, ...rest } = someResults();
    const [line] = rest.checks ?? [];
    if (line === undefined) throw new Error('no check');
    const [words] = headline({ ...rest, checks: [line, { ...line, package: 'reversible' }] });
    expect(words).toContain('All 2 mechanisms of 2 packages gave the numbers of plain reference code on this text');
  });

  it('is empty before anything is known', () => {
    const { checks: _, sweep: __, train: ___, ...nothing } = someResults();
    expect(headline(nothing)).toEqual([]);
  });

  it('names a failed check loudly', () => {
    const { sweep: _, train: __, ...rest } = someResults();
    const [line] = rest.checks ?? [];
    if (line === undefined) throw new Error('no check');
    const failed = { ...line, parts: [{ name: 'forward', error: 1, share: 900, tolerance: { atol: 1e-3, rtol: 0 } }] } as const;
    expect(headline({ ...rest, checks: [line, failed] })).toEqual([
      `1 of 2 mechanisms did NOT give the numbers of plain reference code: ${line.mechanism}.`,
    ]);
  });
});
