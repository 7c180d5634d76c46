import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readText } from '../text/read-text.ts';
import { factsOf } from '../text/text-facts.ts';
import { measuredFile, pageParts, placeOf } from './docs.ts';
import { experiments } from './registry.ts';
import { workspaceRoot } from './source-hash.ts';

describe.each(experiments)('the experiment $name', ({ name, points, tables, headline, about, docs, source, flags = [] }) => {
  const machine = { cpu: '', cores: 2, memoryBytes: 0, system: '', node: '', tfjs: {}, commit: '', dirty: false, load: 0 };

  it.each([false, true])('has points under different names and with inputs that survive JSON, --full %s', (full) => {
    const all = points({ seed: 5, full, flags: {} });
    expect(all.length).toBeGreaterThan(0);
    expect(new Set(all.map((point) => point.name)).size).toBe(all.length);
    for (const { input } of all) expect(JSON.parse(JSON.stringify(input))).toEqual(input);
  });

  it('has whole tables, and no headline, before anything is measured', async () => {
    const options = { seed: 0, full: false, flags: {} };
    const text = source === undefined ? {} : { text: factsOf(await readText(source(options))) };
    const nothing = { options, machine, outcomes: [], ...text };
    for (const { head, rows, title, note } of tables(nothing)) {
      expect(title.length * note.length).toBeGreaterThan(0);
      for (const row of rows) expect(row.length).toBe(head.length);
    }
    expect(headline(nothing)).toEqual([]);
  });

  it('has its marks in the page that its figures go to', () => {
    const chosen = flags.flatMap(({ name: flag, choices = [] }) => choices.map((choice) => ({ [flag]: choice })));
    for (const each of docs === undefined ? [] : [{}, ...chosen.slice(0, 1)]) {
      const place = placeOf({ name, flags }, { flags: each });
      expect(pageParts(join(workspaceRoot, measuredFile({ name })), place).after).not.toBe('');
    }
  });

  it('is described by one sentence under a name that can be typed', () => {
    expect(name).toMatch(/^[a-z]+$/);
    expect(about).toMatch(/^[A-Z].*\.$/);
  });
});
