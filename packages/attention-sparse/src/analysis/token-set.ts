import type { Span } from '@longspan/core-tensor/layout';

/** A growing set of the tokens of one sequence. */
export class TokenSet {
  /** 1 for each member. */
  readonly #members: Uint8Array;

  constructor(length: number) {
    this.#members = new Uint8Array(length);
  }

  add({ start, end }: Span): void {
    this.#members.fill(1, start, end);
  }

  /** Whether all tokens of the span are members. */
  holds({ start, end }: Span): boolean {
    return !this.#members.subarray(start, end).includes(0);
  }

  /** The members as ascending spans that do not touch. */
  spans(): readonly Span[] {
    const found: Span[] = [];
    let start = this.#members.indexOf(1);
    while (start >= 0) {
      const next = this.#members.indexOf(0, start);
      const end = next < 0 ? this.#members.length : next;
      found.push({ start, end });
      start = this.#members.indexOf(1, end);
    }
    return found;
  }
}
