/** One value of a view's state, as the URL holds it. What a URL says is a stranger's: it is read, never run. */
export interface Field<Value> {
  readonly initial: Value;
  /** The value, or undefined where the text is none. */
  read(text: string): Value | undefined;
  write(value: Value): string;
  /** What a value must be, for people. */
  readonly rule: string;
}

const mostLetters = 20_000;

export const text = (initial: string): Field<string> => ({
  initial,
  read: (value) => (value.length <= mostLetters ? value : undefined),
  write: (value) => value,
  rule: `a text of at most ${mostLetters.toLocaleString('en')} letters`,
});

export const integer = (initial: number, { from, to }: { readonly from: number; readonly to: number }): Field<number> => ({
  initial,
  read: (value) => {
    const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= from && number <= to ? number : undefined;
  },
  write: String,
  rule: `an integer from ${from.toLocaleString('en')} to ${to.toLocaleString('en')}`,
});

export const number = (initial: number, { from, to }: { readonly from: number; readonly to: number }): Field<number> => ({
  initial,
  read: (value) => {
    const found = /^-?\d{1,15}(\.\d{1,15})?(e-?\d{1,3})?$/.test(value) ? Number(value) : Number.NaN;
    return found >= from && found <= to ? found : undefined;
  },
  write: String,
  rule: `a number from ${from} to ${to}`,
});

export const choice = <const Name extends string>(initial: NoInfer<Name>, names: readonly Name[]): Field<Name> => ({
  initial,
  read: (value) => names.find((name) => name === value),
  write: (value) => value,
  rule: `one of ${names.join(', ')}`,
});

/** Several of some names, in the order of the names. */
export const choices = <const Name extends string>(initial: readonly NoInfer<Name>[], names: readonly Name[]): Field<readonly Name[]> => ({
  initial,
  read: (value) => {
    const wanted = value === '' ? [] : value.split(',');
    return wanted.every((each) => names.some((name) => name === each)) ? names.filter((name) => wanted.includes(name)) : undefined;
  },
  write: (value) => value.join(','),
  rule: `some of ${names.join(', ')}`,
});

export const flag = (initial: boolean): Field<boolean> => ({
  initial,
  read: (value) => (value === '1' ? true : value === '0' ? false : undefined),
  write: (value) => (value ? '1' : '0'),
  rule: '0 or 1',
});
