/** A text with the place in the user's own string that each of its UTF-16 units came from. */
export interface AlignedText {
  readonly text: string;
  /** The place of the first unit, where every unit is the user's own: `starts` and `ends` are left out then. */
  readonly origin: number;
  /** Where the character that unit i came from begins in the user's string, and where it ends. */
  readonly starts?: Int32Array | undefined;
  readonly ends?: Int32Array | undefined;
}

/** A text as it stands, whose first unit is at a place of the whole. */
export const alignedText = (text: string, origin = 0): AlignedText => ({ text, origin });

export const startOf = ({ origin, starts }: AlignedText, unit: number): number => starts?.[unit] ?? origin + unit;

/** Where the character before a unit ends. */
export const endBefore = ({ origin, ends }: AlignedText, unit: number): number => ends?.[unit - 1] ?? origin + unit;

/** Units of the code point at a place. */
export const widthAt = (text: string, unit: number): number => ((text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1);

/** A part of it. */
export function sliced({ text, origin, starts, ends }: AlignedText, begin: number, end: number): AlignedText {
  const part = text.slice(begin, end);
  if (starts === undefined || ends === undefined) return { text: part, origin: origin + begin };
  return { text: part, origin: starts[begin] ?? origin, starts: starts.subarray(begin, end), ends: ends.subarray(begin, end) };
}

/** The same characters in another writing, unit by unit. */
export const rewritten = (old: AlignedText, text: string): AlignedText => ({ ...old, text });

export interface Change {
  /** The new characters, each with what it took the place of. */
  put(characters: string, taken: 'next' | 'last', more?: number): void;
  /** Inserts with the range of the old character that comes next. */
  before(characters: string): void;
  /** Leaves out old characters. */
  skip(count: number): void;
  /** Takes over the old characters up to a unit as they are, or in another writing of the same length. */
  keep(end: number, written?: string): void;
  /** How many old units were taken. */
  taken(): number;
  done(): AlignedText;
}

/**
 * A new text made from an old one from left to right. A character that takes the place of the next old one has its range; one that is inserted
 * has the range of the old character before it.
 * @source `NormalizedString::transform_range` of Hugging Face tokenizers 0.22, whose changes 0, 1 and -n are `next`, `last` and `next` with n more
 */
export function changed(old: AlignedText): Change {
  const parts: string[] = [];
  let [starts, ends] = [new Int32Array(old.text.length + 16), new Int32Array(old.text.length + 16)];
  let [length, at] = [0, 0];
  const reserve = (units: number): void => {
    if (length + units <= starts.length) return;
    const [moreStarts, moreEnds] = [new Int32Array(2 * (length + units)), new Int32Array(2 * (length + units))];
    moreStarts.set(starts);
    moreEnds.set(ends);
    [starts, ends] = [moreStarts, moreEnds];
  };
  const skip = (count: number): void => {
    for (let each = 0; each < count && at < old.text.length; each += 1) at += widthAt(old.text, at);
  };
  const add = (characters: string, start: number, end: number): void => {
    reserve(characters.length);
    parts.push(characters);
    starts.fill(start, length, length + characters.length);
    ends.fill(end, length, length + characters.length);
    length += characters.length;
  };
  return {
    before: (characters) => add(characters, startOf(old, at), endBefore(old, at + widthAt(old.text, at))),
    put: (characters, taken, more = 0) => {
      // With nothing before it, what is inserted stands at the very beginning, and is empty there.
      let start = at === 0 ? old.origin : startOf(old, at - (isSecondHalf(old.text, at - 1) ? 2 : 1));
      let end = at === 0 ? start : endBefore(old, at);
      if (taken === 'next' && at < old.text.length) {
        const width = widthAt(old.text, at);
        start = startOf(old, at);
        end = endBefore(old, at + width);
        at += width;
      }
      skip(more);
      add(characters, start, end);
    },
    skip,
    keep: (end, written) => {
      if (end <= at) return;
      reserve(end - at);
      parts.push(written ?? old.text.slice(at, end));
      copyRanges(old, at, end, starts, ends, length);
      length += end - at;
      at = end;
    },
    taken: () => at,
    done: () => ({
      text: parts.join(''),
      origin: starts[0] ?? old.origin,
      starts: starts.subarray(0, length),
      ends: ends.subarray(0, length),
    }),
  };
}

const isSecondHalf = (text: string, unit: number): boolean => unit > 0 && (text.codePointAt(unit - 1) ?? 0) > 0xffff;

function copyRanges(old: AlignedText, begin: number, end: number, starts: Int32Array, ends: Int32Array, to: number): void {
  if (old.starts !== undefined && old.ends !== undefined) {
    starts.set(old.starts.subarray(begin, end), to);
    ends.set(old.ends.subarray(begin, end), to);
    return;
  }
  for (let unit = begin; unit < end; ) {
    const width = widthAt(old.text, unit);
    for (let half = 0; half < width; half += 1) {
      starts[to + unit - begin + half] = old.origin + unit;
      ends[to + unit - begin + half] = old.origin + unit + width;
    }
    unit += width;
  }
}
