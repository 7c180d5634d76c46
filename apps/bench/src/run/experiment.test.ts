import { describe, expect, it } from 'vitest';
import { type Findings, figuresOf, reasonOf, whyNot } from './experiment.ts';

describe('whyNot', () => {
  const findings: Pick<Findings<number>, 'outcomes'> = { outcomes: [{ point: 'a', wallSeconds: 1, ending: { kind: 'done', result: 3 } }] };

  it('has no words for a point with figures, and says of another that it was not measured', () => {
    expect(whyNot(findings, 'a')).toBe('');
    expect(whyNot(findings, 'b')).toBe('not measured');
    expect(figuresOf(findings, 'b')).toBeUndefined();
  });

  it("has an error's first line, without folders; reasonOf has the whole", () => {
    const error = 'HeapFullError: no room in /built/here/heap.ts\n  remedy  less';
    const failed = { outcomes: [{ point: 'a', wallSeconds: 1, ending: { kind: 'failed' as const, error } }] };
    expect(whyNot(failed, 'a')).toBe('failed: HeapFullError: no room in heap.ts');
    expect(reasonOf(failed, 'a')).toBe('failed: HeapFullError: no room in heap.ts\n  remedy  less');
  });
});
