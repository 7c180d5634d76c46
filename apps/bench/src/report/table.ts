/** A table in words, for the terminal, markdown and HTML alike. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface TitledTable extends TextTable {
  readonly title: string;
  /** How the figures were taken and what they are to be compared with: the table's caption. */
  readonly note: string;
  /** All columns hold numbers, which stand to the right. */
  readonly isNumeric?: true;
}
