import { describe, expect, it } from 'vitest';
import { passageOf } from './passage.ts';

const decoder = new TextDecoder();

describe('passageOf', () => {
  it('reads whole characters up to the end of the chosen word, and no more bytes than it may', () => {
    const text = 'Zwölf Boxkämpfer jagen Viktor über den Deich';
    const at = text.indexOf('jagen') + 2;
    const found = passageOf(text, at, 12, 'de');
    expect(found?.segments[found.chosen]?.text).toBe('jagen');
    expect(decoder.decode(found?.bytes)).toBe('mpfer jagen'); // the ä would be cut: 12 bytes begin with its second one
    expect(found?.bytes.length).toBe(11);
  });

  it('gives every byte that is read to one segment, and none to what is not read', () => {
    const found = passageOf('one two three four', 13, 9, 'en');
    const read = found?.segments.filter(({ from, to }) => to > from);
    expect(read?.map(({ text, from, to }) => [text, from, to])).toEqual([
      ['two', 0, 3],
      [' ', 3, 4],
      ['three', 4, 9],
    ]);
    expect(found?.segments.at(-1)).toMatchObject({ text: 'four', from: 9, to: 9 });
  });

  it('takes the word before where a blank was chosen, and the first one where none is before', () => {
    expect(passageOf('one two', 4, 99, 'en')?.chosen).toBe(0);
    const first = passageOf('  one two', 1, 99, 'en');
    expect(first?.segments[first.chosen]?.text).toBe('one');
    expect(passageOf(' \n ', 1, 99, 'en')).toBeUndefined();
  });

  it('finds words in scripts without blanks', () => {
    const found = passageOf('小船回来了。', 4, 99, 'zh');
    expect(found?.segments.map(({ text }) => text).join('')).toBe('小船回来了。');
    expect(found?.segments.length).toBeGreaterThan(2);
    const whole = found?.segments[found.chosen];
    expect(whole?.to).toBe(found?.bytes.length);
  });
});
