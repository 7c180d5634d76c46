import { computed, type ReadonlySignal } from '@preact/signals';
import { address, goTo } from './address.ts';
import type { Field } from './field.ts';

type Fields = Readonly<Record<string, Field<unknown>>>;
type Values<Of extends Fields> = { readonly [Name in keyof Of]: Of[Name] extends Field<infer Value> ? Value : never };

/** The state of a view: the URL is where it is kept, so that every state can be shared, and "back" undoes. */
export interface UrlState<Of extends Fields> {
  readonly values: ReadonlySignal<Values<Of>>;
  /** Fields of the URL that were refused, each as a sentence; their initial values stand instead. */
  readonly refused: ReadonlySignal<readonly string[]>;
  /** Changes some values. `step: false` while something is dragged, so that "back" does not undo pixel by pixel. */
  set(changes: Partial<Values<Of>>, options?: { readonly step?: boolean }): void;
}

/** Reads and writes the fields of a view in the URL. What is as at first is left out of it. */
export function urlState<Of extends Fields>(view: string, fields: Of): UrlState<Of> {
  const entries = Object.entries(fields);
  const given = computed(() => (address.value.view === view ? address.value.fields : new Map<string, string>()));
  const values = computed(() => {
    const read = ([name, field]: (typeof entries)[number]): unknown => {
      const written = given.value.get(name);
      return (written === undefined ? undefined : field.read(written)) ?? field.initial;
    };
    return Object.fromEntries(entries.map((entry) => [entry[0], read(entry)])) as Values<Of>;
  });
  const refused = computed(() =>
    [...given.value].flatMap(([name, written]) => {
      const field = entries.find(([own]) => own === name)?.[1];
      if (field === undefined) return [`This view has no "${shortened(name)}", which the link sets.`];
      return field.read(written) === undefined ? [`"${name}" must be ${field.rule}; the link says "${shortened(written)}".`] : [];
    }),
  );
  return {
    values,
    refused,
    set: (changes, { step = true } = {}) => {
      const next: Readonly<Record<string, unknown>> = { ...values.peek(), ...changes };
      const kept = entries.flatMap(([name, field]) => {
        const written = field.write(next[name]);
        return written === field.write(field.initial) ? [] : [[name, written] as const];
      });
      goTo({ view, fields: new Map(kept) }, { step });
    },
  };
}

const shortened = (value: string): string => (value.length <= 40 ? value : `${value.slice(0, 40)}…`);
