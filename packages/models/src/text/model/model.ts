/** Takes the tokens of a word, in order: ids, and begin and end in units of the word. */
export type Emit = (id: number, begin: number, end: number) => void;

/** What makes tokens of a word: the vocabulary and its rule. */
export interface Model {
  tokenize(word: string, emit: Emit): void;
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
  /** The largest id and one more, the added ones apart. */
  readonly size: number;
  /** Whether no token reaches from one character into the next, and both are known: then a text may be cut between them. */
  parts(before: string, after: string): boolean;
}

/** The same model, which remembers the words that it has seen: a language has few. */
export function remembering(model: Model): Model {
  const known = new Map<string, readonly number[]>();
  return {
    ...model,
    tokenize: (word, emit) => {
      if (word.length > mostUnits) return model.tokenize(word, emit);
      let tokens = known.get(word);
      if (tokens === undefined) {
        const made: number[] = [];
        model.tokenize(word, (id, begin, end) => made.push(id, begin, end));
        tokens = made;
        if (known.size >= mostWords) known.clear();
        known.set(word, tokens);
      }
      for (let at = 0; at < tokens.length; at += 3) emit(tokens[at] ?? 0, tokens[at + 1] ?? 0, tokens[at + 2] ?? 0);
    },
  };
}

const mostUnits = 128;
const mostWords = 50_000;
