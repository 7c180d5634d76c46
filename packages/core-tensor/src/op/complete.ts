/** Options of which each has a value: what is left once the defaults are in. */
export type Complete<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> };
