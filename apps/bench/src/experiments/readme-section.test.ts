import { describe, expect, it } from 'vitest';
import { sectionOf, withSection } from './readme-section.ts';

describe('withSection', () => {
  const text = 'before\n<!-- bench squares -->\nold\n<!-- /bench squares -->\nafter\n';

  it('replaces what stands between the markers and nothing else, also twice', () => {
    const once = withSection(text, 'squares', '| new |');
    expect(once).toBe('before\n<!-- bench squares -->\n| new |\n<!-- /bench squares -->\nafter\n');
    expect(withSection(once, 'squares', 'old')).toBe(text);
  });

  it.each([
    ['no marker', 'nothing'],
    ['no end', '<!-- bench squares -->'],
    ['the end first', '<!-- /bench squares --> <!-- bench squares -->'],
    ['two of them', text + text],
    ['another experiment', text.replaceAll('squares', 'cubes')],
  ])('refuses a text with %s', (_, wrong) => {
    expect(() => withSection(wrong, 'squares', '')).toThrow(
      'bench --readme: "<!-- bench squares -->" and behind it "<!-- /bench squares -->" must stand in the README once each',
    );
  });
});

describe('sectionOf', () => {
  it('gives the tables with the commit, the machine and the command, without paths of the machine', () => {
    const machine = {
      cpu: 'A CPU',
      cores: 2,
      memoryBytes: 0,
      system: '',
      node: 'v20.1.0',
      tfjs: {},
      commit: 'abcdef0123',
      dirty: true,
      load: 0.1,
    };
    const experiment = {
      name: 'squares',
      flags: [{ name: 'python', value: 'path', about: '' }],
      tables: () => [{ title: 'Squares', note: 'Computed.', head: ['n', 'n²'], rows: [['2', '4|']] }],
    };
    const options = { seed: 3, full: true, flags: { python: '/home/me/python', readme: true } } as const;
    expect(sectionOf(experiment, { options, machine, outcomes: [] })).toBe(
      [
        '| n | n² |\n| --- | --- |\n| 2 | 4\\| |',
        'Measured with `pnpm bench squares --full --seed 3 --python PATH --readme` at commit abcdef0 with uncommitted changes ' +
          '(A CPU, 2 cores, Node 20.1.0, load 0.1 before). Computed.',
      ].join('\n\n'),
    );
  });
});
