import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, describe, expect, it } from 'vitest';
import { someResults } from '../../test/some-results.ts';
import { html } from './html.ts';
import { readResults } from './json.ts';
import { markdown } from './markdown.ts';
import { table } from './page.ts';
import { writeReport } from './write.ts';

describe('html', () => {
  const page = html(someResults());
  const { document } = parseHTML(page);

  it('is one file: no script, no link, no image, no address to fetch', () => {
    expect(document.querySelectorAll('script, link, img, iframe').length).toBe(0);
    expect(/url\(|@import|src=|href=/.exec(page)).toBeNull();
  });

  it('draws time and memory for both passes, and the training curve, each with a name and a description', () => {
    const plots = [...document.querySelectorAll('svg[role=img]')];
    expect(plots.length).toBe(5);
    expect(plots.map((plot) => plot.getAttribute('aria-label'))).toEqual([
      'time over the number of tokens',
      'peak memory over the number of tokens',
      'time over the number of tokens',
      'peak memory over the number of tokens',
      'bits per character over the training time',
    ]);
    expect(plots[0]?.getAttribute('aria-description')).toBe('dense: 2.44 s at 2,048 tokens; Longspan: 1.23 s at 8,192 tokens');
  });

  it('names every point that has no figure', () => {
    const text = document.body.textContent ?? '';
    expect(text).toContain('over its 6 s budget');
    expect(text).toContain('not tried: 4,096 tokens already went over the budget');
    expect(text).toContain('failed: RuntimeError: memory access out of bounds');
  });

  it('takes text for text, not for markup', () => {
    expect(document.querySelector('.found')?.textContent).toContain('Less <memory> & "more".');
    expect(document.querySelector('pre')?.textContent).toBe('It was the whale,\nand the ```sea``` <b> was & said');
    expect(document.querySelector('pre b')).toBeNull();
  });

  it('gives every table a caption and its first column as headings', () => {
    for (const table of document.querySelectorAll('table')) {
      expect(table.querySelector('caption')?.textContent).not.toBe('');
      expect(table.querySelectorAll('tbody th[scope=row]').length).toBe(table.querySelectorAll('tbody tr').length);
    }
  });
});

it('a table shows calls as code in its first column, and intervals smaller than what they are of', () => {
  const rows = [
    ['window(3)', '2 ms (1 ms to 3 ms)'],
    ['5 ms (4 ms to 6 ms)', 'failed: heap(1)'],
  ];
  const { document } = parseHTML(table({ head: ['what', 'time'], rows }, 'times', 2));
  const cells = [...document.querySelectorAll('tbody th, tbody td')].map((cell) => cell.innerHTML);
  expect(cells).toEqual([
    '<code>window(3)</code>',
    '2 ms <small>(1 ms to 3 ms)</small>',
    '5 ms <small>(4 ms to 6 ms)</small>',
    'failed: heap(1)',
  ]);
});

describe('a partial report', () => {
  const { checks: _, train: __, ...rest } = someResults();
  const partial = { ...rest, status: 'partial', missing: ['the checks were not run', 'the language model was not trained'] } as const;

  it('says in each form that it is partial and what is missing', () => {
    const { document } = parseHTML(html(partial));
    expect(document.querySelector('.partial')?.textContent).toBe(
      'This report is partial. the checks were not run; the language model was not trained.',
    );
    expect(document.title).toBe('Longspan on Moby-Dick (partial)');
    expect(markdown(partial)).toContain('> **Partial**: the checks were not run; the language model was not trained.');
  });

  it('with nothing in it yet is a whole page all the same', () => {
    const { sweep: ___, ...nothing } = partial;
    const { document } = parseHTML(html({ ...nothing, headline: [] }));
    expect(document.querySelectorAll('svg').length).toBe(0);
    expect(document.querySelector('h2')?.textContent).toBe('Text and machine');
  });
});

describe('markdown', () => {
  it('has one table row per length, with the reason where there is no figure', () => {
    const forward = markdown(someResults()).split('## Forward\n')[1]?.split('\n## ')[0] ?? '';
    const rows = forward.split('\n').filter((line) => /^\| \d/.test(line));
    expect(rows.length).toBe(4);
    expect(rows[2]).toMatch(/^\| 4,096 \| over its 6 s budget \| 616 ms \(600 ms to 632 ms\) \| – \| – \| 36\.9 MB/);
  });
});

describe('the checks', () => {
  const [line] = someResults().checks ?? [];
  if (line === undefined) throw new Error('no check');
  const failed = { ...line, package: 'reversible', mechanism: 'recompute', parts: [], failure: 'out of memory' };
  const results = someResults({ checks: [line, failed, { ...line, mechanism: 'strided({ stride: 18 })' }] });

  it('stand in one table for each package, in markdown and in HTML', () => {
    const [, sparse = '', reversible = ''] = markdown(results).split('## Checks against plain reference code')[1]?.split('\n### ') ?? [];
    expect(
      sparse
        .trimEnd()
        .split('\n')
        .map((row) => row.split(' | ')[0]),
    ).toEqual(['attention-sparse', '', '| mechanism', '| ---', `| ${line.mechanism}`, '| strided({ stride: 18 })']);
    expect(reversible).toMatch(/\| recompute \| denseAttention \| – \| – \| – \| – \| FAILED: out of memory \|/);
    const { document } = parseHTML(html(results));
    const headings = [...document.querySelectorAll('h3')].map(({ textContent }) => textContent);
    expect(headings.slice(-2)).toEqual(['attention-sparse', 'reversible']);
    const captions = [...document.querySelectorAll('caption')].map(({ textContent }) => textContent);
    expect(captions.slice(-2).map((caption) => caption?.split(',')[0])).toEqual(['2 of attention-sparse', '1 of reversible']);
  });
});

describe('writeReport', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longspan-report-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('makes the folder, writes three files and leaves none half written', () => {
    const out = join(folder, 'new', 'place');
    const files = writeReport(out, someResults());
    expect(readdirSync(out).sort()).toEqual(['report.html', 'results.json', 'results.md']);
    expect(readFileSync(files.html, 'utf8').trimEnd()).toMatch(/<\/html>$/);
    expect(readResults(files.json)).toEqual(someResults());
    expect(existsSync(`${files.json}.part`)).toBe(false);
  });
});
