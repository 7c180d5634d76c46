import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { someRun, sweepOutcomes } from '../../test/some-run.ts';
import { measure } from '../experiments/measure/measure.ts';
import { reportOf, resultsOf } from '../run/report-of.ts';
import type { Run } from '../run/results.ts';
import { markdown } from './markdown.ts';
import { page, table } from './page.ts';
import type { Report } from './report.ts';

const points = measure.points(someRun().options);
const reportOn = (run: Run): Report => reportOf(measure, resultsOf(measure, points, run));
const whole: Report = { ...reportOn(someRun()), missing: [], headline: ['Dense takes 2.4 s.', 'Less <memory> & "more".'] };

describe('page', () => {
  const text = page(whole);
  const { document } = parseHTML(text);

  it('is one file: no script, no link, no image, no address to fetch', () => {
    expect(document.querySelectorAll('script, link, img, iframe').length).toBe(0);
    expect(/url\(|@import|src=|href=/.exec(text)).toBeNull();
  });

  it('draws time and memory for both passes, and the training curve, each with a name and a description', () => {
    const plots = [...document.querySelectorAll('svg[role=img]')];
    expect(plots.map((plot) => plot.getAttribute('aria-label'))).toEqual([
      'Forward: time over length',
      'Forward: peak memory over length',
      'Forward and backward: time over length',
      'Forward and backward: peak memory over length',
      'Language model: bits per character while training',
    ]);
    expect(plots[0]?.getAttribute('aria-description')).toBe('Longspan: 1.23 s at 8,192; dense: 2.44 s at 2,048');
    expect(plots[4]?.getAttribute('aria-description')).toContain('unigram 4.46; bigram 3.52; gzip 3.24; model, held out 3.05');
  });

  it('names every point that has no figure', () => {
    const words = document.body.textContent ?? '';
    expect(words).toContain('over its 6 s budget');
    expect(words).toContain('not tried: 4,096 tokens already went over the budget');
    expect(words).toContain('failed: RuntimeError: memory access out of bounds');
  });

  it('takes text for text, not for markup', () => {
    expect(document.querySelector('.found')?.textContent).toContain('Less <memory> & "more".');
    expect(document.querySelector('pre')?.textContent).toBe('It was the whale,\nand the ```sea``` <b> was & said');
    expect(document.querySelector('pre b')).toBeNull();
  });

  it('gives every table a caption and its first column as headings', () => {
    for (const each of document.querySelectorAll('table')) {
      expect(each.querySelector('caption')?.textContent).not.toBe('');
      expect(each.querySelectorAll('tbody th[scope=row]').length).toBe(each.querySelectorAll('tbody tr').length);
    }
  });
});

it('a table shows calls as code in its first column, and intervals smaller than what they are of', () => {
  const rows = [
    ['window(3)', '2 ms (1 ms to 3 ms)'],
    ['5 ms (4 ms to 6 ms)', 'failed: heap(1)'],
  ];
  const { document } = parseHTML(table({ head: ['what', 'time'], rows, note: 'times' }));
  const cells = [...document.querySelectorAll('tbody th, tbody td')].map((cell) => cell.innerHTML);
  expect(cells).toEqual([
    '<code>window(3)</code>',
    '2 ms <small>(1 ms to 3 ms)</small>',
    '5 ms <small>(4 ms to 6 ms)</small>',
    'failed: heap(1)',
  ]);
});

describe('a partial report', () => {
  const partial = reportOn(someRun(sweepOutcomes.slice(0, 2)));

  it('says in each form that it is partial and what is missing', () => {
    const { document } = parseHTML(page(partial));
    const sweep = points.filter(({ part }) => part === 'sweep').length;
    const missing = `checks: 1 of 1 points were not measured; sweep: ${sweep - 2} of ${sweep} points were not measured; train: 1 of 1 points were not measured.`;
    expect(document.querySelector('.partial')?.textContent).toBe(`This report is partial. ${missing}`);
    expect(document.title).toBe('Longspan on Moby-Dick (partial)');
    expect(markdown(partial)).toContain(`> **Partial**: ${missing}`);
  });

  it('with nothing in it yet is a whole page all the same', () => {
    const { document } = parseHTML(page(reportOn(someRun([]))));
    expect(document.querySelectorAll('svg').length).toBe(0);
    expect(document.querySelector('h2')?.textContent).toBe('Run and machine');
  });
});

it('markdown has the tables, the passages and the facts, a text as a block that it cannot end', () => {
  const text = markdown(whole);
  const forward = text.split('## Forward\n')[1]?.split('\n## ')[0] ?? '';
  expect(forward.split('\n').filter((line) => /^\| \d/.test(line)).length).toBe(4);
  expect(text).toContain('    It was the whale,\n    and the ```sea``` <b> was & said\n');
  expect(text).toContain('- command: pnpm bench measure\n');
});
