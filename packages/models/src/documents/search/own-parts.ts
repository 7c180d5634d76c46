/** What a value is made of besides what its user sees: every copy of this package finds it there, and a copy of the value's fields has none. */
export interface OwnParts<Value extends object, Parts> {
  /** Before the value is stamped, which freezes it. */
  give(value: Value, parts: Parts): void;
  of(value: Value): Parts | undefined;
}

/** @param name unique in this package */
export function ownParts<Value extends object, Parts>(name: string): OwnParts<Value, Parts> {
  const place = Symbol.for(`@longspan/models ${name}`);
  return {
    give(value, parts) {
      Object.defineProperty(value, place, { value: { value, parts } });
    },
    of(value) {
      const found = (value as { readonly [place]?: { readonly value: Value; readonly parts: Parts } })[place];
      return found?.value === value ? found.parts : undefined;
    },
  };
}
