/** A number that says how large or hard a task is: an option of its function in @longspan/training. */
export interface SizeField {
  readonly option: string;
  readonly label: string;
  readonly unit?: string;
  readonly initial: number;
  readonly from: number;
  readonly to: number;
}

type Sizes = Readonly<Record<string, number>>;

/** A task that checks itself. Its sizes are such that two small layers learn it in seconds. */
export interface Subject {
  /** The function of @longspan/training that makes it. */
  readonly task: string;
  readonly title: string;
  /** What is asked, in a sentence. */
  readonly what: string;
  readonly sizes: readonly SizeField[];
  /** Steps that a model of the first settings takes to learn it. */
  readonly steps: number;
  readonly source: { readonly title: string; readonly href: string };
  /** A token as people read it. */
  readonly say: (token: number, sizes: Sizes) => string;
}

const size = (option: string, label: string, initial: number, from: number, to: number, unit?: string): SizeField => ({
  option,
  label,
  initial,
  from,
  to,
  ...(unit === undefined ? {} : { unit }),
});

const letter = (at: number, first = 'A'): string => (at < 26 ? String.fromCharCode(first.charCodeAt(0) + at) : `${first}${at + 1}`);

const made = {
  copy: {
    task: 'copyTask',
    title: 'Copy',
    what: 'Symbols, a wait, then each is asked for in turn, by a cue that does not say which.',
    sizes: [
      size('count', 'Symbols to remember', 4, 1, 32, 'tokens'),
      size('symbols', 'Different symbols', 4, 1, 64),
      size('delay', 'Wait', 4, 0, 128, 'tokens'),
    ],
    steps: 160,
    source: { title: 'Arjovsky, Shah & Bengio 2016', href: 'https://arxiv.org/abs/1511.06464' },
    say: (token, { symbols = 0 }) => (token === 0 ? '·' : token > symbols ? '?' : letter(token - 1)),
  },
  duplication: {
    task: 'duplicationTask',
    title: 'Duplication',
    what: 'A word is read, then written again: one lookup at a fixed distance.',
    sizes: [size('count', 'Symbols of the word', 4, 1, 64, 'tokens'), size('symbols', 'Different symbols', 6, 1, 127)],
    steps: 250,
    source: { title: 'Reformer, Kitaev 2020', href: 'https://arxiv.org/abs/2001.04451' },
    say: (token) => (token === 0 ? '|' : letter(token - 1)),
  },
  recall: {
    task: 'associativeRecallTask',
    title: 'Associative recall',
    what: 'Pairs of a key and a value, then keys: each is to be answered by its value.',
    sizes: [
      size('pairs', 'Pairs', 2, 1, 32),
      size('queries', 'Keys asked for', 12, 1, 64),
      size('keys', 'Different keys', 4, 1, 64),
      size('values', 'Different values', 4, 1, 64),
    ],
    steps: 600,
    source: { title: 'Zoology, Arora 2023', href: 'https://arxiv.org/abs/2312.04927' },
    say: (token, { keys = 0 }) => (token === 0 ? '·' : token <= keys ? letter(token - 1) : String(token - keys)),
  },
  needle: {
    task: 'needleTask',
    title: 'Needle in a haystack',
    what: 'Somewhere in a text of no meaning stands a mark, a name and a value; at the end the value of that name is asked for.',
    sizes: [
      size('length', 'Length', 12, 5, 256, 'tokens'),
      size('needles', 'Needles', 1, 1, 8),
      size('keys', 'Different names', 3, 1, 32),
      size('values', 'Different values', 4, 1, 32),
      size('hay', 'Different hay', 4, 1, 64),
    ],
    steps: 160,
    source: { title: 'RULER, Hsieh 2024', href: 'https://arxiv.org/abs/2404.06654' },
    say: (token, { keys = 0, values = 0 }) => {
      if (token < 2) return token === 0 ? '⚑' : '?';
      if (token < 2 + keys) return letter(token - 2);
      return token < 2 + keys + values ? String(token - 1 - keys) : letter(token - 2 - keys - values, 'a');
    },
  },
  listOps: {
    task: 'listOpsTask',
    title: 'ListOps',
    what: 'Nested lists with an operator each, to be worked out to a digit.',
    sizes: [
      size('length', 'Length', 5, 4, 128, 'tokens'),
      size('depth', 'Operators within each other', 1, 1, 8),
      size('maxArguments', 'Arguments at most', 2, 2, 8),
    ],
    steps: 250,
    source: { title: 'ListOps, Nangia & Bowman 2018', href: 'https://arxiv.org/abs/1804.06028' },
    say: (token) => (token === 0 ? '·' : token <= 10 ? String(token - 1) : (['[MIN', '[MAX', '[MED', '[SUM', ']'][token - 11] ?? '')),
  },
  sorting: {
    task: 'sortingTask',
    title: 'Sorting',
    what: 'Symbols in any order, then the same in ascending order.',
    sizes: [size('count', 'Symbols', 5, 1, 48, 'tokens'), size('symbols', 'Different symbols', 8, 1, 64)],
    steps: 250,
    source: { title: 'Neural Turing Machines, Graves 2014', href: 'https://arxiv.org/abs/1410.5401' },
    say: (token) => (token === 0 ? '|' : String(token)),
  },
  addition: {
    task: 'additionTask',
    title: 'Addition',
    what: 'Two numbers, written from their lowest digit on, and the digits of their sum.',
    sizes: [size('digits', 'Digits', 1, 1, 16), size('base', 'Base', 6, 2, 36)],
    steps: 300,
    source: { title: 'Teaching arithmetic, Lee 2023', href: 'https://arxiv.org/abs/2307.03381' },
    say: (token, { base = 0 }) => (token < base ? token.toString(36).toUpperCase() : token === base ? '+' : '='),
  },
  motifs: {
    task: 'motifPairsTask',
    title: 'Motif pairs',
    what: 'Does the second motif stand exactly so far after the first one, as where a factor binds two sites of a genome?',
    sizes: [
      size('length', 'Length', 10, 4, 256, 'tokens'),
      size('distance', 'Distance', 3, 1, 200, 'tokens'),
      size('motifLength', 'Length of a motif', 1, 1, 8, 'tokens'),
      size('symbols', 'Different tokens', 6, 2, 26),
    ],
    steps: 300,
    source: { title: 'Motif syntax, Avsec 2021', href: 'https://doi.org/10.1038/s41588-021-00782-6' },
    say: (token, { symbols = 0 }) => (token === 0 ? '?' : token <= symbols ? letter(token - 1) : token === symbols + 1 ? 'no' : 'yes'),
  },
  regime: {
    task: 'regimeTask',
    title: 'Regimes',
    what: 'A series changes its step without a sign: which step ruled for the most time?',
    sizes: [
      size('length', 'Length', 14, 3, 256, 'tokens'),
      size('regimes', 'Different regimes', 2, 2, 8),
      size('dwell', 'Steps of a regime, at least', 3, 1, 64, 'tokens'),
      size('values', 'Different values', 4, 3, 64),
    ],
    steps: 300,
    source: { title: 'Hamilton 1989', href: 'https://doi.org/10.2307/1912559' },
    say: (token, { values = 0 }) => (token < values ? String(token) : token === values ? '?' : `R${token - values}`),
  },
} satisfies Readonly<Record<string, Subject>>;

/** The tasks by their names in the URL. This list needs no tfjs. */
export const subjects: Readonly<Record<TaskId, Subject>> = made;
export type TaskId = keyof typeof made;
export const taskIds = Object.keys(made) as readonly TaskId[];

/** What a model learns: a task, or the bytes of a text. */
export type SubjectId = TaskId | 'text';
export const subjectIds: readonly SubjectId[] = [...taskIds, 'text'];

/** The sizes of a task by their options, of their values in order; those that are missing as they are at first. */
export const sizesOf = (subject: TaskId, values: readonly number[]): Sizes =>
  Object.fromEntries(subjects[subject].sizes.map(({ option, initial }, at) => [option, values[at] ?? initial]));
